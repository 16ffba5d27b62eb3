// What Postfix is answered about results, by the settings in force, and what is counted and told. A real Postfix asks in
// tests/e2e/delivery_filter_e2e.py.
#include "daemon/delivery_filter.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "system/log_writer.h"
#include "tests/support/configured.h"
#include "tests/support/twins.h"

namespace signpost::daemon {
namespace {

using namespace std::chrono_literals;
using system::socketmap::Reply;

std::string blocked_by(const std::string& host) {
  return ".7.1 host " + host + "[192.0.2.9] said: 550 5.7.1 network is on our block list (S3150)";
}

class DeliveryFilterTest : public ::testing::Test {
 protected:
  Reply ask(const std::string& result) { return filter_.answer("results", result); }

  tests::HandClock clock_;
  milter::SnapshotHolder snapshots_{tests::configured("")};
  milter::Counters counters_;
  system::DaemonLog log_{std::move(*system::LogWriter::open(system::LogTarget::file, "/dev/null")), clock_};
  DeliveryFilter filter_{snapshots_, clock_, counters_, log_};
};

TEST_F(DeliveryFilterTest, RefusalsOfTheSenderWaitForSixHours) {
  const std::string result = blocked_by("mx.outlook.com");
  const Reply first = ask("5" + result);
  EXPECT_EQ(first.kind, Reply::Kind::ok);
  EXPECT_EQ(first.text, "4" + result);
  clock_.tick(3h);
  EXPECT_EQ(ask("5" + result).kind, Reply::Kind::ok);
  clock_.tick(3h);
  EXPECT_EQ(ask("5" + result).kind, Reply::Kind::not_found);
  EXPECT_EQ(counters_.results_asked, 3u);
  EXPECT_EQ(counters_.results_waited, 2u);
  EXPECT_EQ(counters_.results_let_through, 1u);
}

TEST_F(DeliveryFilterTest, AReloadChangesHowLong) {
  EXPECT_EQ(ask("5" + blocked_by("mx.outlook.com")).kind, Reply::Kind::ok);
  clock_.tick(1h);
  snapshots_.set(tests::configured("[feedback]\nwait_at_most = \"30m\"\n"));
  EXPECT_EQ(ask("5" + blocked_by("mx.outlook.com")).kind, Reply::Kind::not_found);
}

TEST_F(DeliveryFilterTest, AllElseStaysAsItIs) {
  for (const char* result :
       {"2.0.0 250 2.0.0 Ok: queued", "4.7.1 host a[b] said: 450 4.7.1 blocked using zen.spamhaus.org",
        "5.1.1 host a[b] said: 550 5.1.1 User unknown", ""})
    EXPECT_EQ(ask(result).kind, Reply::Kind::not_found) << result;
  EXPECT_EQ(counters_.results_asked, 4u);
  EXPECT_EQ(counters_.results_waited, 0u);
  EXPECT_TRUE(filter_.hints().empty());
}

TEST_F(DeliveryFilterTest, AnotherMapIsAMistakeInMainCf) {
  const Reply reply = filter_.answer("result", "5" + blocked_by("mx.outlook.com"));
  EXPECT_EQ(reply.kind, Reply::Kind::permanent);
  EXPECT_NE(reply.text.find("results"), std::string::npos);
  EXPECT_EQ(counters_.results_asked, 0u);
}

TEST_F(DeliveryFilterTest, ObserveModeCountsAndChangesNothing) {
  snapshots_.set(tests::configured("[milter]\nmode = \"observe\"\n"));
  EXPECT_EQ(ask("5" + blocked_by("mx.outlook.com")).kind, Reply::Kind::not_found);
  EXPECT_EQ(counters_.results_waited, 1u);
}

TEST_F(DeliveryFilterTest, StatusNamesWhoRefuses) {
  for (int i = 0; i < 3; ++i) (void)ask("5" + blocked_by("mx.outlook.com"));
  (void)ask("5" + blocked_by("mx.yahoodns.net"));
  auto hints = filter_.hints();
  ASSERT_EQ(hints.size(), 2u);
  EXPECT_EQ(hints[0],
            "refused: outlook.com has refused this host since 2026-11-23T12:00:00.000Z "
            "(microsoft-blocklist); such mail "
            "waits in the queue");
  for (int i = 0; i < 20; ++i) (void)ask("5" + blocked_by("mx.p" + std::to_string(i) + ".example"));
  hints = filter_.hints();
  ASSERT_EQ(hints.size(), 6u);
  EXPECT_EQ(hints.back(), "refused: 17 other providers refuse this host");
  clock_.tick(6h);
  EXPECT_TRUE(filter_.hints().empty());
  const auto counts = filter_.refusals();
  ASSERT_EQ(counts.size(), 22u);
  EXPECT_EQ(counts[0].name, "outlook.com");
  EXPECT_EQ(counts[0].waited, 3u);
}

TEST_F(DeliveryFilterTest, SaysWhichSettingIsWrong) {
  EXPECT_EQ(filter_.problem(), "");
  filter_.start("/nowhere/results.sock", "no-such-user");
  EXPECT_TRUE(filter_.problem().starts_with("feedback.results_user: there is no user 'no-such-user'"))
      << filter_.problem();
  filter_.start("/nowhere/results.sock", "root");
  EXPECT_TRUE(filter_.problem().starts_with("feedback.results_socket: ")) << filter_.problem();
}

}  // namespace
}  // namespace signpost::daemon
