// Look-ups on the results socket of a running signpostd (feedback.results_socket), as the processes of Postfix make them: each
// connection has one question open at a time. Prints look-ups a second and how long they took. Must run as feedback.results_user.
//
//   bench_lookups SOCKET [CONNECTIONS [SECONDS [refusals]]]
//
// With "refusals" each question is a refusal of the sender, else one in ten is, as many are other failures, the rest successes.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <poll.h>
#include <sys/socket.h>

#include "system/unix_listener.h"

using namespace signpost;
using Clock = std::chrono::steady_clock;

namespace {

std::string question(std::size_t number, bool refusals) {
  std::string result = "2.0.0 250 2.0.0 Ok: queued as 4F2C1";
  if (refusals || number % 10 == 0)
    result = "5.7.1 host mx" + std::to_string(number % 500) +
             ".olc.protection.outlook.com[192.0.2.9] said: 550 5.7.1 Unfortunately, messages from "
             "[192.0.2.1] weren't sent. "
             "Please contact your Internet service provider since part of their network is on our block list "
             "(S3150). You can "
             "also refer your provider to http://mail.live.com/mail/troubleshooting.aspx#errors. (in reply "
             "to MAIL FROM command)";
  else if (number % 10 == 1)
    result =
        "5.1.1 host mx.example.org[192.0.2.9] said: 550 5.1.1 <a@example.org>: Recipient address rejected: "
        "User unknown in "
        "virtual mailbox table (in reply to RCPT TO command)";
  const std::string content = "results " + result;
  return std::to_string(content.size()) + ":" + content + ",";
}

struct Asker {
  system::Descriptor socket;
  Clock::time_point asked;
  void ask(const std::string& text) {
    asked = Clock::now();
    if (::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
      std::exit(1);
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  const std::size_t connections = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 50;
  const std::chrono::seconds seconds{argc > 3 ? std::atoi(argv[3]) : 5};
  const bool refusals = argc > 4 && std::strcmp(argv[4], "refusals") == 0;
  std::vector<std::string> questions;
  for (std::size_t i = 0; i < 1000; ++i) questions.push_back(question(i, refusals));

  std::vector<Asker> askers;
  std::vector<pollfd> polled;
  std::size_t next = 0;
  for (std::size_t i = 0; i < connections; ++i) {
    auto socket = system::connect_unix(argv[1]);
    if (!socket) return std::fprintf(stderr, "%s\n", socket.error().text.c_str()), 1;
    polled.push_back({socket->get(), POLLIN, 0});
    askers.push_back({std::move(*socket), {}});
  }
  const auto begin = Clock::now();
  for (Asker& asker : askers) asker.ask(questions[next++ % questions.size()]);
  std::vector<double> took;
  std::vector<char> reply(65536);
  while (Clock::now() - begin < seconds) {
    (void)::poll(polled.data(), polled.size(), 1000);
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents == 0) continue;
      const ssize_t count = ::recv(polled[i].fd, reply.data(), reply.size(), 0);
      if (count <= 0) return std::fprintf(stderr, "the server closed: is this feedback.results_user?\n"), 1;
      if (reply[static_cast<std::size_t>(count) - 1] != ',') continue;
      took.push_back(std::chrono::duration<double, std::milli>(Clock::now() - askers[i].asked).count());
      askers[i].ask(questions[next++ % questions.size()]);
    }
  }
  const double elapsed = std::chrono::duration<double>(Clock::now() - begin).count();
  std::sort(took.begin(), took.end());
  const auto at = [&](double part) {
    return took[std::min(took.size() - 1, static_cast<std::size_t>(part * static_cast<double>(took.size())))];
  };
  std::printf("connections=%zu lookups/s=%.0f p50=%.3fms p99=%.3fms p99.9=%.3fms max=%.3fms\n", connections,
              static_cast<double>(took.size()) / elapsed, at(0.5), at(0.99), at(0.999), took.back());
  return 0;
}
