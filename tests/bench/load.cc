// A load generator: many connections that send one message over and over, as Postfix would, and count. The
// filter's CPU time is read from /proc, so that it is told apart from the generator's.
//
//   bench_load ADDRESS --eml FILE [-c CONNECTIONS] [-t SECONDS] [--pid PID] [--login NAME] [--rcpt PATTERN]
//   [--rcpts N]
//
// Each recipient is PATTERN with its number for %u, or with that number scattered over 64 bits for %x.
// Prints one line of key=value words; exit code 1 if any message was not accepted.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "mail/file/message_file.h"
#include "tests/support/mta.h"

namespace {

using namespace signpost;
using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

struct Options {
  std::string address;
  std::string eml;
  std::string login = "bench";
  std::string recipient = "user%u@example.net";
  unsigned connections = 8;
  unsigned recipients = 1;
  double seconds = 3;
  long pid = 0;
};

struct Tally {
  std::uint64_t messages = 0;
  std::uint64_t refused = 0;
  std::vector<double> rcpt_us;
  std::vector<double> message_us;
  std::string error;
};

std::string usage() {
  return "usage: bench_load ADDRESS --eml FILE [-c CONNECTIONS] [-t SECONDS] [--pid PID] [--login NAME] "
         "[--rcpt A%u|A%x] "
         "[--rcpts N]\n";
}

bool read_options(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with('-')) {
      options.address = word;
      continue;
    }
    if (++i == argc) return false;
    const std::string value = argv[i];
    if (word == "--eml")
      options.eml = value;
    else if (word == "--login")
      options.login = value;
    else if (word == "--rcpt")
      options.recipient = value;
    else if (word == "--rcpts")
      options.recipients = static_cast<unsigned>(std::atoi(value.c_str()));
    else if (word == "-c")
      options.connections = static_cast<unsigned>(std::atoi(value.c_str()));
    else if (word == "-t")
      options.seconds = std::atof(value.c_str());
    else if (word == "--pid")
      options.pid = std::atol(value.c_str());
    else
      return false;
  }
  return !options.address.empty() && !options.eml.empty();
}

std::string recipient_number(const std::string& pattern, std::uint64_t number) {
  const std::size_t at = pattern.find('%');
  if (at == std::string::npos || at + 1 == pattern.size()) return pattern;
  char text[24];
  if (pattern[at + 1] == 'x') {
    std::snprintf(text, sizeof text, "%016llx",
                  static_cast<unsigned long long>(number * 0x9E3779B97F4A7C15u));
  } else {
    std::snprintf(text, sizeof text, "%llu", static_cast<unsigned long long>(number));
  }
  return pattern.substr(0, at) + text + pattern.substr(at + 2);
}

/// CPU seconds of a process and its children that have ended or run (opendkim and rspamd have
/// some): utime + stime.
double cpu_seconds(long pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::istringstream words(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  std::string skipped;
  for (int field = 3; field < 14; ++field) words >> skipped;
  double ticks = 0;
  for (int field = 14; field < 18; ++field) {
    double value = 0;
    words >> value;
    ticks += value;
  }
  double seconds = ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
  std::ifstream children("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
  for (long child = 0; children >> child;) seconds += cpu_seconds(child);
  return seconds;
}

/// One message; false ends the connection with `tally.error`.
bool send_one(tests::Mta& mta, const Options& options, const mail::Message& message, std::uint64_t& number,
              Tally& tally) {
  const auto begin = Clock::now();
  if (auto answer = mta.mail("news@example.com", {}, options.login); !answer) {
    tally.error = answer.error().text;
    return false;
  }
  for (unsigned i = 0; i < options.recipients; ++i) {
    const auto before = Clock::now();
    const auto answer = mta.rcpt(recipient_number(options.recipient, number++));
    if (!answer) {
      tally.error = answer.error().text;
      return false;
    }
    tally.rcpt_us.push_back(Microseconds(Clock::now() - before).count());
  }
  const auto ending = mta.send(message);
  if (!ending) {
    tally.error = ending.error().text;
    return false;
  }
  const std::string answer = ending->answer.format();
  if (answer != "accept" && answer != "continue") ++tally.refused;
  ++tally.messages;
  tally.message_us.push_back(Microseconds(Clock::now() - begin).count());
  return true;
}

Tally run_connection(const Options& options, const mail::Message& message, unsigned index,
                     std::atomic<bool>& stop) {
  Tally tally;
  auto mta = tests::Mta::open(options.address);
  if (!mta) {
    tally.error = mta.error().text;
    return tally;
  }
  auto agreed = mta->negotiate({});
  if (!agreed) {
    tally.error = agreed.error().text;
    return tally;
  }
  if (auto answer = mta->connect({"client.example", "127.0.0.1", 40000, ""}); !answer)
    tally.error = answer.error().text;
  if (auto answer = mta->helo("client.example"); !answer) tally.error = answer.error().text;
  std::uint64_t number = std::uint64_t{index} * 1000000;
  while (tally.error.empty() && !stop) send_one(*mta, options, message, number, tally);
  if (tally.error.empty()) static_cast<void>(mta->quit());
  return tally;
}

/// The value below which that share of them lies.
double quantile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size()));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

int run(const Options& options) {
  std::ifstream file(options.eml, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "bench_load: cannot read %s\n", options.eml.c_str());
    return 1;
  }
  const std::string raw{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const mail::Message message = mail::parse_message(mail::to_crlf(raw).first);
  std::atomic<bool> stop{false};
  std::vector<Tally> tallies(options.connections);
  std::vector<std::thread> threads;
  const double cpu_before = options.pid > 0 ? cpu_seconds(options.pid) : 0;
  const auto begin = Clock::now();
  for (unsigned i = 0; i < options.connections; ++i)
    threads.emplace_back([&, i] { tallies[i] = run_connection(options, message, i, stop); });
  std::this_thread::sleep_until(
      begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.seconds)));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  const double cpu = options.pid > 0 ? cpu_seconds(options.pid) - cpu_before : 0;

  Tally all;
  for (Tally& tally : tallies) {
    all.messages += tally.messages;
    all.refused += tally.refused;
    all.rcpt_us.insert(all.rcpt_us.end(), tally.rcpt_us.begin(), tally.rcpt_us.end());
    all.message_us.insert(all.message_us.end(), tally.message_us.begin(), tally.message_us.end());
    if (all.error.empty()) all.error = tally.error;
  }
  const double count = static_cast<double>(std::max<std::uint64_t>(all.messages, 1));
  std::printf(
      "messages=%llu refused=%llu per_second=%.1f cpu_ms=%.4f rcpt_us=%.1f rcpt_p99_us=%.1f "
      "message_us=%.1f\n",
      static_cast<unsigned long long>(all.messages), static_cast<unsigned long long>(all.refused),
      count / seconds, cpu * 1000 / count, quantile(all.rcpt_us, 0.5), quantile(all.rcpt_us, 0.99),
      quantile(all.message_us, 0.5));
  if (!all.error.empty()) std::fprintf(stderr, "bench_load: %s\n", all.error.c_str());
  return all.error.empty() && all.refused == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!read_options(argc, argv, options)) {
    std::fputs(usage().c_str(), stderr);
    return 64;
  }
  return run(options);
}
