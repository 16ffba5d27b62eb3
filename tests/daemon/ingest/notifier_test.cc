// Notices of unsubscribes: what the mail says, that failures are tried again and given up, that nobody waits.
#include "daemon/ingest/notifier.h"

#include <condition_variable>
#include <mutex>

#include <gtest/gtest.h>

#include "system/log_writer.h"
#include "tests/support/twins.h"

namespace signpost::daemon::ingest {
namespace {

UnsubscribeNotice notice(const std::string& to, const std::string& note = "campaign november") {
  return {to, "shop", "bulk", note, base::Wall(std::chrono::hours(490000)), {}};
}

/// Stands in for the MTA: remembers, and fails as often as it is told.
class Outbox {
 public:
  base::Result<void> take(const std::string& to, const std::string& text) {
    const std::lock_guard lock(mutex_);
    tries_.push_back(to);
    texts_.push_back(text);
    changed_.notify_all();
    if (failures_ == 0) return {};
    --failures_;
    return base::fail(base::ErrorKind::unavailable, "no route");
  }
  void fail_next(int times) { failures_ = times; }
  std::vector<std::string> wait_for(std::size_t tries) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return tries_.size() >= tries; });
    return tries_;
  }
  std::string text(std::size_t at) {
    const std::lock_guard lock(mutex_);
    return texts_.at(at);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int failures_ = 0;
  std::vector<std::string> tries_;
  std::vector<std::string> texts_;
};

class NotifierTest : public testing::Test {
 protected:
  tests::HandClock clock_;
  system::DaemonLog log_{std::move(*system::LogWriter::open(system::LogTarget::standard_error)), clock_};
  Outbox outbox_;
  Notifier notifier_{
      [this](const std::string& to, const std::string& text) { return outbox_.take(to, text); }, log_,
      std::chrono::milliseconds(1)};
};

TEST(Notices, SayWhatHappened) {
  EXPECT_EQ(
      format_notices({notice("ops@example.com")}),
      "From: Signpost <ops@example.com>\nTo: <ops@example.com>\nSubject: An unsubscribe\n"
      "Date: Mon, 24 Nov 2025 16:00:00 +0000\nMessage-ID: <d4346c42a5e9a511843153d10da4093e@example.com>\n"
      "Auto-Submitted: auto-generated\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
      "Content-Transfer-Encoding: 8bit\n\n"
      "These recipients are now on the suppression list and get no more mail of that stream:\n\n"
      "time=2025-11-24T16:00:00.000Z tenant=shop stream=bulk note=\"campaign november\"\n");
  UnsubscribeNotice named = notice("ops@example.com", "campaign a\n.\nBcc: x@example.com");
  named.recipient = "ann@example.org";
  const std::string text = format_notices({named, named});
  EXPECT_NE(text.find("Subject: 2 unsubscribes\n"), std::string::npos);
  EXPECT_NE(text.find(" recipient=ann@example.org\n"), std::string::npos);
  EXPECT_EQ(text.find("\nBcc"), std::string::npos);
  EXPECT_EQ(text.find("\n."), std::string::npos);
}

TEST_F(NotifierTest, GathersWhatWaitsForOneAddress) {
  notifier_.offer(notice("a@example.com"));
  notifier_.offer(notice("b@example.com"));
  notifier_.offer(notice("a@example.com"));
  notifier_.start();
  EXPECT_EQ(outbox_.wait_for(2), (std::vector<std::string>{"a@example.com", "b@example.com"}));
  EXPECT_NE(outbox_.text(0).find("2 unsubscribes"), std::string::npos);
}

TEST_F(NotifierTest, TriesAgainBehindTheOthersAndGivesUp) {
  outbox_.fail_next(1);
  notifier_.offer(notice("a@example.com"));
  notifier_.offer(notice("b@example.com"));
  notifier_.start();
  EXPECT_EQ(outbox_.wait_for(3),
            (std::vector<std::string>{"a@example.com", "b@example.com", "a@example.com"}));
  outbox_.fail_next(Notifier::kTries);
  notifier_.offer(notice("gone@example.com"));
  outbox_.wait_for(3 + Notifier::kTries);
  notifier_.offer(notice("b@example.com"));
  EXPECT_EQ(outbox_.wait_for(4 + Notifier::kTries).back(), "b@example.com");
}

TEST_F(NotifierTest, NeverHoldsMoreThanItMay) {
  for (std::size_t i = 0; i < 2 * Notifier::kMaxWaiting; ++i) notifier_.offer(notice("a@example.com"));
  notifier_.start();
  const std::size_t messages = Notifier::kMaxWaiting / Notifier::kMaxInOne;
  outbox_.wait_for(messages);
  notifier_.offer(notice("last@example.com"));
  const auto tries = outbox_.wait_for(messages + 1);
  EXPECT_EQ(tries.size(), messages + 1);
  EXPECT_EQ(tries.back(), "last@example.com");
}

}  // namespace
}  // namespace signpost::daemon::ingest
