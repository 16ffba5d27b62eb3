// Delivery results: lines of the MTA's log become events of the message, counts and fresh starts for addresses; each once, and
// of our own messages only.
#include "daemon/ingest/mail_log.h"

#include <fstream>

#include <gtest/gtest.h>

#include "daemon/policy_log.h"
#include "policy/event_line.h"
#include "policy/limits/buckets.h"
#include "system/log_writer.h"
#include "tests/support/configured.h"
#include "tests/support/provider_counts.h"
#include "tests/support/twins.h"
#include "tests/support/workplace.h"

namespace signpost::daemon::ingest {
namespace {

constexpr const char* kId = "01M8H0DJG000000000000000A1";
constexpr const char* kSecond = "01M8H0FD300000000000000001";

class MailLogTest : public testing::Test {
 protected:
  MailLogTest() {
    std::ofstream{path_};
    start();
  }
  void start() { mail_log_.emplace(path_, *store_, *files_, services_, log_); }

  void write(const std::string& line) {
    std::ofstream(path_, std::ios::app) << base::format_time(clock_.wall()) << " mx postfix/" << line << "\n";
  }
  void sent(const std::string& qid, const std::string& id = kId, const std::string& tenant = "shop") {
    policy::Event event;
    event.at = clock_.wall();
    for (const auto& [key, value] : {std::pair<const char*, std::string>{"id", id},
                                     {"qid", qid},
                                     {"stage", "message"},
                                     {"action", "accept"},
                                     {"tenant", tenant},
                                     {"stream", tenant.empty() ? "" : "bulk"}})
      event.add(key, value);
    policy_log_.write(event);
  }
  void read() {
    for (;;) {
      const auto passed = mail_log_->pass();
      ASSERT_TRUE(passed) << passed.error().text;
      if (!*passed) return;
    }
  }
  /// The deliveries that are kept, without their time.
  std::vector<std::string> kept() {
    files_->flush();
    std::vector<std::string> lines;
    const std::vector<store::Day> days = *files_->days();
    for (const store::Day day : days) {
      EXPECT_TRUE(files_->visit({day, 0}, [&](const store::EventPlace&, std::string_view line) {
        if (policy::find_raw_value(line, "stage") == "delivery")
          lines.emplace_back(line.substr(line.find(' ') + 1));
        return true;
      }));
    }
    return lines;
  }
  store::ProviderCounts counts() {
    return tests::provider_counts(store_->hits(), policy::tenant_id("shop"), store::hour_of(clock_.wall()));
  }
  std::uint64_t count(store::Counted what) {
    std::uint64_t all = 0;
    for (const auto& [counter, times] : counts()) all += counter.what == what ? times : 0;
    return all;
  }
  /// What was counted by provider, in this hour: "delivered google - 1".
  std::vector<std::string> by_provider() {
    std::vector<std::string> lines;
    for (const auto& [counter, times] : counts()) {
      EXPECT_EQ(counter.stream, "bulk");
      const char* what = counter.what == store::Counted::delivered     ? "delivered "
                         : counter.what == store::Counted::undelivered ? "undelivered "
                         : counter.what == store::Counted::refusal     ? "refusal "
                                                                       : "? ";
      lines.push_back(what + counter.provider + " " + (counter.reason.empty() ? "-" : counter.reason) + " " +
                      std::to_string(times));
    }
    return lines;
  }
  using Lines = std::vector<std::string>;

  tests::TempDir directory_;
  const std::string path_ = directory_.path() + "/mail.log";
  tests::HandClock clock_;
  std::unique_ptr<store::Store> store_ = std::move(*store::Store::open(directory_.path() + "/store"));
  std::unique_ptr<store::EventFiles> files_ =
      std::move(*store::EventFiles::open(directory_.path() + "/events", 1 << 30));
  PolicyLog policy_log_ =
      std::move(*PolicyLog::open({directory_.path() + "/policy.log", {}, {}}, files_.get()));
  milter::SnapshotHolder snapshots_{tests::configured("[[tenant]]\nname = \"shop\"\n")};
  milter::OverridesHolder overrides_;
  policy::limits::Buckets buckets_;
  milter::Counters counters_;
  milter::Services services_{snapshots_, overrides_, store_->suppressions(), buckets_, policy_log_,
                             clock_,     counters_};
  system::DaemonLog log_{std::move(*system::LogWriter::open(system::LogTarget::standard_error)), clock_};
  std::optional<MailLog> mail_log_;
};

TEST_F(MailLogTest, TellsWhatBecameOfEachRecipient) {
  read();
  sent("4F2C1");
  write(
      "smtp[1]: 4F2C1: to=<bob@example.net>, relay=mx.example.net[192.0.2.9]:25, delay=1, delays=0/0/0/1, "
      "dsn=2.0.0, "
      "status=sent (250 2.0.0 Ok: queued as 77AA)");
  write(
      "smtp[1]: 4F2C1: to=<eve@example.net>, relay=mx.example.net[192.0.2.9]:25, delay=1, delays=0/0/0/1, "
      "dsn=5.1.1, "
      "status=bounced (host mx.example.net[192.0.2.9] said: 550 5.1.1 user unknown (in reply to RCPT TO "
      "command))");
  write("qmgr[1]: 4F2C1: removed");
  read();
  const std::string head = "id=" + std::string(kId) + " qid=4F2C1 stage=delivery action=";
  EXPECT_EQ(
      kept(),
      (Lines{head + "accept tenant=shop stream=bulk to=<bob@example.net> relay=mx.example.net[192.0.2.9]:25 "
                    "status=2.0.0 said=\"250 2.0.0 Ok: queued as 77AA\"",
             head + "refuse tenant=shop stream=bulk to=<eve@example.net> relay=mx.example.net[192.0.2.9]:25 "
                    "status=5.1.1 class=hard class_reason=no-such-user rule=said-unknown said=\"host "
                    "mx.example.net[192.0.2.9] "
                    "said: 550 5.1.1 user unknown (in reply to RCPT TO command)\""}));
  EXPECT_EQ(count(store::Counted::delivered), 1u);
  EXPECT_EQ(count(store::Counted::undelivered), 1u);
  EXPECT_TRUE(store_->suppressions().find(*mail::parse_address("eve@example.net"))->empty());
}

TEST_F(MailLogTest, EachLineCountsOnceOverARestart) {
  read();
  sent("4F2C1");
  const auto deliver = [&] {
    write(
        "smtp[1]: 4F2C1: to=<bob@example.net>, relay=mx[192.0.2.9]:25, delay=1, dsn=2.0.0, status=sent (250 "
        "OK)");
  };
  deliver();
  read();
  start();
  read();
  EXPECT_EQ(count(store::Counted::delivered), 1u);
  deliver();
  start();
  read();
  EXPECT_EQ(count(store::Counted::delivered), 2u);
  EXPECT_EQ(kept().size(), 2u);
}

TEST_F(MailLogTest, MailThatDidNotPassUsIsLeftAlone) {
  read();
  write(
      "smtp[1]: 4F2C9: to=<bob@example.net>, relay=mx[192.0.2.9]:25, delay=1, dsn=2.0.0, status=sent (250 "
      "OK)");
  read();
  EXPECT_EQ(kept(), Lines{});
  EXPECT_EQ(count(store::Counted::delivered), 0u);
}

TEST_F(MailLogTest, AStrangersMailIsKeptAndNotCounted) {
  read();
  sent("4F2C1", kId, "");
  write(
      "local[1]: 4F2C1: to=<bob@example.net>, relay=local, delay=1, dsn=2.0.0, status=sent (delivered to "
      "mailbox)");
  read();
  EXPECT_EQ(kept().size(), 1u);
  EXPECT_EQ(count(store::Counted::delivered), 0u);
}

TEST_F(MailLogTest, AFilterInBetweenIsNotTheEnd) {
  read();
  sent("4F2C1");
  sent("4F2C2", kSecond);
  write(
      "smtp[1]: 4F2C1: to=<bob@example.net>, relay=127.0.0.1[127.0.0.1]:10025, delay=1, dsn=2.0.0, "
      "status=sent (250 2.0.0 "
      "from MTA: 250 2.0.0 Ok: queued as 4F2C2)");
  write(
      "smtp[1]: 4F2C2: to=<bob@example.net>, relay=mx[192.0.2.9]:25, delay=1, dsn=2.0.0, status=sent (250 "
      "OK)");
  read();
  ASSERT_EQ(kept().size(), 2u);
  EXPECT_NE(kept()[0].find(" next=4F2C2 "), std::string::npos) << kept()[0];
  EXPECT_EQ(count(store::Counted::delivered), 1u);
  EXPECT_EQ(by_provider(), Lines{"delivered other - 1"});
}

TEST_F(MailLogTest, AnAddressThatIsReachedStartsAnewOnceThatIsProven) {
  read();
  sent("4F2C1");
  const auto bounce = [&] {
    store::Changes changes;
    policy::Listing listing;
    listing.address = "bob@example.net";
    listing.tenant = "shop";
    listing.since = clock_.wall();
    changes.soft_bounces.push_back({listing, {}});
    const std::string source = base::format_time(clock_.wall());
    ASSERT_TRUE(store_->hits().commit({source, 0, 1}, changes));
  };
  const auto deliver = [&] {
    sent("4F2C1");
    write(
        "smtp[1]: 4F2C1: to=<Bob@Example.NET>, relay=mx[192.0.2.9]:25, delay=1, dsn=2.0.0, status=sent (250 "
        "OK)");
    read();
  };
  const auto score = [&] {
    return store_->hits().soft_scores("bob@example.net")->at(policy::tenant_id("shop")).thousandths;
  };
  bounce();
  EXPECT_EQ(score(), 1000u);
  clock_.tick(std::chrono::hours(24));
  deliver();
  clock_.tick(std::chrono::hours(24));
  bounce();  // of what a relay had taken
  EXPECT_GT(score(), 1800u);
  clock_.tick(std::chrono::hours(24));
  deliver();
  clock_.tick(std::chrono::hours(24 * 7));
  bounce();
  EXPECT_EQ(score(), 1000u);
}

TEST_F(MailLogTest, CountsByProviderWhatEachServerAnswered) {
  read();
  sent("4F2C1");
  const auto log = [&](const std::string& to, const std::string& relay, const std::string& status) {
    write("smtp[1]: 4F2C1: to=<" + to + ">, relay=" + relay + ", delay=1, dsn=2.0.0, status=" + status);
  };
  const std::string google = "gmail-smtp-in.l.google.com[192.0.2.9]:25";
  const std::string busy =
      "deferred (host gmail-smtp-in.l.google.com[192.0.2.9] said: 421 4.7.28 rate limited)";
  log("bob@gmail.com", google, "sent (250 OK)");
  log("ann@googlemail.com", google, busy);
  log("ann@googlemail.com", google, busy);
  log("eve@googlemail.com", "none", "deferred (delivery temporarily suspended: " + busy.substr(10));
  log("ann@googlemail.com", google, "sent (250 OK)");
  const std::string listed =
      "bounced (host mx[192.0.2.9] said: 554 5.7.1 blocked using zen.spamhaus.org (in reply to RCPT TO "
      "command))";
  log("bob@chosen-by-somebody.example>, orig_to=<bob@gmail.com", "mx[192.0.2.9]:25", listed);
  log("full@outlook.com", "mx[192.0.2.9]:25",
      "deferred (host mx[192.0.2.9] said: 452 4.2.2 mailbox full (in reply to RCPT TO command))");
  log("gone@outlook.com", "mx[192.0.2.9]:25",
      "bounced (host mx[192.0.2.9] said: 550 5.1.1 user unknown (in reply to RCPT TO command))");
  read();
  const Lines counted = {"delivered google - 2", "undelivered microsoft - 1", "undelivered other - 1",
                         "refusal google rate 2", "refusal other blocklist 1"};
  EXPECT_EQ(by_provider(), counted);
  start();
  read();
  EXPECT_EQ(by_provider(), counted) << "once over a restart";
}

TEST_F(MailLogTest, AStrangersMailIsNotCountedByProvider) {
  read();
  sent("4F2C1", kId, "");
  write(
      "smtp[1]: 4F2C1: to=<bob@gmail.com>, relay=mx[192.0.2.9]:25, delay=1, dsn=2.0.0, status=sent (250 OK)");
  read();
  EXPECT_EQ(kept().size(), 1u);
  EXPECT_TRUE(tests::provider_counts(store_->hits(), policy::tenant_id("")).empty());
  EXPECT_EQ(by_provider(), Lines{});
}

TEST_F(MailLogTest, AMessageIsKnownForAsLongAsItMayWait) {
  read();
  sent("4F2C1");
  write("qmgr[1]: 4F2C1: from=<a@shop.example>, size=1, nrcpt=1 (queue active)");
  read();
  clock_.tick(std::chrono::hours(24 * 5));
  start();
  write(
      "smtp[1]: 4F2C1: to=<bob@example.net>, relay=none, delay=1, dsn=4.4.1, status=deferred (Connection "
      "timed out)");
  write("qmgr[1]: 4F2C1: from=<a@shop.example>, status=expired, returned to sender");
  read();
  ASSERT_EQ(kept().size(), 2u);
  EXPECT_NE(kept()[1].find("action=refuse"), std::string::npos);
  EXPECT_NE(kept()[1].find("reason=expired"), std::string::npos);
}

TEST_F(MailLogTest, ALogThatIsNotThereIsAnError) {
  read();
  ASSERT_EQ(std::remove(path_.c_str()), 0);
  const auto passed = mail_log_->pass();
  ASSERT_FALSE(passed);
  EXPECT_EQ(passed.error().kind, base::ErrorKind::not_found);
}

TEST(QueuedAs, IsWhatTheNextServerSays) {
  EXPECT_EQ(find_queued_as("250 2.0.0 Ok: queued as 4F2C1"), "4F2C1");
  EXPECT_EQ(find_queued_as("250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 4F2C1)"),
            "4F2C1");
  EXPECT_EQ(find_queued_as("250 OK"), "");
  EXPECT_EQ(find_queued_as("queued as "), "");
}

}  // namespace
}  // namespace signpost::daemon::ingest
