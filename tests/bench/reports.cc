// Reports that come back, many at a time.
//
//   bench_reports send ADDRESS RING RATE SECONDS [CONNECTIONS]   to a port of role inbound, each with a genuine return path of the
//                                                                tenant `default` and a recipient of its own, at so many a second
//   bench_reports scores DIRECTORY COUNT                         a store in which so many addresses have a soft bounce
//
// Prints one line of key=value words; exit code 1 if a report was not taken.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "base/encoding.h"
#include "base/keyring.h"
#include "feedback/return_path.h"
#include "mail/file/message_file.h"
#include "policy/tenant.h"
#include "store/store.h"
#include "tests/support/mta.h"
#include "track/token.h"

namespace {

using namespace signpost;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

std::string report_about(const std::string& recipient) {
  std::string text =
      "From: MAILER-DAEMON@mx.example.net\r\nSubject: Undelivered Mail Returned to Sender\r\n"
      "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n"
      "--b\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n"
      "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
      "Final-Recipient: rfc822; " +
      recipient +
      "\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n"
      "--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: news@example.com\r\nSubject: News\r\n\r\n";
  while (text.size() < 10 * 1024) text += "A line of text, as people write it in their mails every day.\r\n";
  return text + "--b--\r\n";
}

struct Task {
  std::string address;
  const feedback::ReturnPaths* paths;
  Clock::time_point begin;
  std::chrono::nanoseconds between;
  double seconds;
};

struct Tally {
  std::vector<double> ms;
  std::string error;
};

base::Result<void> send_one(tests::Mta& mta, const Task& task, std::uint64_t number, std::uint64_t run) {
  std::array<std::uint8_t, 10> entropy{};
  for (std::size_t i = 0; i < 8; ++i)
    entropy[i + 2] = static_cast<std::uint8_t>((number ^ run << 32) >> 8 * i);
  const auto now = std::chrono::time_point_cast<base::Wall::duration>(std::chrono::system_clock::now());
  const std::string recipient = "gone" + std::to_string(run) + "." + std::to_string(number) + "@example.net";
  const auto local = task.paths->mint(policy::tenant_id("default"), track::stream_code("bulk"),
                                      base::format_ulid(now, entropy), recipient);
  if (!local) return tl::unexpected(local.error());
  if (auto answer = mta.mail(""); !answer) return tl::unexpected(answer.error());
  if (auto answer = mta.rcpt(*local + "@bounce.example.com"); !answer) return tl::unexpected(answer.error());
  const auto ending = mta.send(mail::parse_message(report_about(recipient)));
  if (!ending) return tl::unexpected(ending.error());
  if (ending->answer.kind != tests::Answer::Kind::discard) return base::invalid(ending->answer.format());
  return {};
}

void run_connection(const Task& task, std::atomic<std::uint64_t>& next, std::uint64_t run, Tally& tally) {
  auto mta = tests::Mta::open(task.address);
  const auto failed = [&](const base::Error& error) { tally.error = error.text; };
  if (!mta) return failed(mta.error());
  if (auto agreed = mta->negotiate({}); !agreed) return failed(agreed.error());
  if (auto answer = mta->connect({"mx.example.net", "192.0.2.9", 40000, "signpost-inbound"}); !answer)
    return failed(answer.error());
  if (auto answer = mta->helo("mx.example.net"); !answer) return failed(answer.error());
  for (;;) {
    const std::uint64_t number = next++;
    const auto due = task.begin + task.between * static_cast<std::int64_t>(number);
    if (std::chrono::duration<double>(due - task.begin).count() > task.seconds) return;
    std::this_thread::sleep_until(due);
    if (auto sent = send_one(*mta, task, number, run); !sent) return failed(sent.error());
    tally.ms.push_back(Milliseconds(Clock::now() - due).count());
  }
}

int send(const std::string& address, const std::string& ring_file, double rate, double seconds,
         std::size_t connections) {
  std::ifstream file(ring_file);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto ring = base::parse_keyring(text);
  if (!ring) return 1;
  const auto paths = feedback::ReturnPaths::create(*ring);
  if (!paths) return 1;
  const Task task{address, &*paths, Clock::now(),
                  std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / rate)), seconds};
  std::atomic<std::uint64_t> next{0};
  std::vector<Tally> tallies(connections);
  std::vector<std::thread> threads;
  const auto run = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  for (std::size_t i = 0; i < connections; ++i)
    threads.emplace_back([&, i] { run_connection(task, next, run, tallies[i]); });
  for (std::thread& thread : threads) thread.join();
  std::vector<double> all;
  std::string error;
  for (const Tally& tally : tallies) {
    all.insert(all.end(), tally.ms.begin(), tally.ms.end());
    if (error.empty()) error = tally.error;
  }
  const double took = std::chrono::duration<double>(Clock::now() - task.begin).count();
  std::sort(all.begin(), all.end());
  const auto at = [&](double share) {
    return all.empty() ? 0 : all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
  };
  std::printf("reports=%zu per_second=%.1f ms=%.2f p99_ms=%.2f\n", all.size(),
              static_cast<double>(all.size()) / took, at(0.5), at(0.99));
  if (!error.empty()) std::fprintf(stderr, "bench_reports: %s\n", error.c_str());
  return error.empty() ? 0 : 1;
}

double resident_mib(const char* key) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) return std::atof(line.c_str() + std::string_view(key).size()) / 1024;
  }
  return 0;
}

int scores(const std::string& directory, std::uint64_t count) {
  auto store = store::Store::open(directory);
  if (!store) return 1;
  const double before = resident_mib("RssAnon:");
  double most = 0;
  const base::Wall now = std::chrono::time_point_cast<base::Wall::duration>(std::chrono::system_clock::now());
  const auto begin = Clock::now();
  for (std::uint64_t done = 0; done < count;) {
    store::Changes changes;
    for (int i = 0; i < 1000 && done < count; ++i, ++done) {
      store::SoftBounce bounce;
      char name[40];
      std::snprintf(name, sizeof name, "%011llx@d%llu.example",
                    static_cast<unsigned long long>(done * 0x9E3779B97F4A7C15u >> 20),
                    static_cast<unsigned long long>(done % 5000));
      bounce.listing.address = name;
      bounce.listing.tenant = "shop";
      bounce.listing.since = now;
      changes.soft_bounces.push_back(std::move(bounce));
    }
    if (!(*store)->hits().commit({"bench", done - changes.soft_bounces.size(), done}, changes)) return 1;
    most = std::max(most, resident_mib("RssAnon:"));
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  std::uint64_t octets = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.path().filename() == "list.mdb") octets += entry.file_size();
  }
  std::printf("scores=%llu per_second=%.0f memory_mib=%.1f file_mib=%.1f mapped_mib=%.1f\n",
              static_cast<unsigned long long>(count), static_cast<double>(count) / seconds, most - before,
              static_cast<double>(octets) / (1 << 20), resident_mib("RssFile:"));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() >= 5 && words[0] == "send")
    return send(words[1], words[2], std::atof(words[3].c_str()), std::atof(words[4].c_str()),
                words.size() > 5 ? std::strtoul(words[5].c_str(), nullptr, 10) : 32);
  if (words.size() == 3 && words[0] == "scores")
    return scores(words[1], std::strtoull(words[2].c_str(), nullptr, 10));
  std::fputs("usage: bench_reports send ADDRESS RING RATE SECONDS [CONNECTIONS] | scores DIRECTORY COUNT\n",
             stderr);
  return 64;
}
