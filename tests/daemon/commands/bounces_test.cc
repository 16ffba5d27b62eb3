// report bounces, the last day in tenant show and the totals by provider: what is summed, for how long, and which rates mean something.
#include <gtest/gtest.h>

#include "daemon/commands/reports/delivery_counts.h"
#include "tests/daemon/commands/support.h"

namespace signpost::daemon::commands {
namespace {

using store::Counted;
using tests::has;

class BouncesTest : public testing::Test {
 protected:
  std::uint32_t hour(std::uint32_t ago = 0) const { return store::hour_of(house_.clock.wall()) - ago; }
  void count(Counted what, std::uint64_t times, std::uint32_t hours_ago = 0, const char* stream = "bulk") {
    count_at("google", what, times, "", hours_ago, stream);
  }
  void count_at(const char* provider, Counted what, std::uint64_t times, const char* reason = "",
                std::uint32_t hours_ago = 0, const char* stream = "bulk") {
    const store::ProviderCounter counter{kAcme, hour(hours_ago), what, provider, reason, stream};
    ASSERT_TRUE(house_.store->hits().add({}, {}, {{counter, times}}));
  }

  static inline const std::uint32_t kAcme = policy::tenant_id("acme");
  tests::ControlHouse house_;
};

TEST_F(BouncesTest, SumsTheStreamsOfTheLastDays) {
  count(Counted::delivered, 5);
  count(Counted::delivered, 6, 24);
  count(Counted::bounce_hard, 2, 3);
  count(Counted::complaint, 1, 0, "news");
  count(Counted::delivered, 1000, 24 * 31);
  count_at("yahoo", Counted::delivered, 77);
  count_at("yahoo", Counted::recipient, 90);
  count_at("other", Counted::unsubscribe, 4);
  EXPECT_EQ(house_.say("report bounces"),
            "ok\n"
            "tenant=acme stream=bulk sent=90 delivered=88 undelivered=0 hard=2 soft=0 block=0 complaints=0 "
            "unsubscribes=4\n"
            "tenant=acme stream=news sent=0 delivered=0 undelivered=0 hard=0 soft=0 block=0 complaints=1 "
            "unsubscribes=0\n"
            "end n=2\n\n");
  EXPECT_TRUE(has(house_.say("report bounces days=60"), "stream=bulk sent=90 delivered=1088 "));
  EXPECT_EQ(house_.say("report bounces tenant=default"), "ok\nend n=0\n\n");
}

TEST_F(BouncesTest, TellsProvidersApart) {
  count_at("google", Counted::recipient, 201);
  count_at("google", Counted::unsubscribe, 6);
  count_at("google", Counted::delivered, 190);
  count_at("google", Counted::delivered, 7, "", 5);
  count_at("google", Counted::undelivered, 3);
  count_at("google", Counted::bounce_hard, 5);
  count_at("google", Counted::complaint, 1);
  count_at("yahoo", Counted::delivered, 20);
  count_at("yahoo", Counted::bounce_block, 2, "spam");
  count_at("yahoo", Counted::bounce_block, 3, "blocklist", 1);
  count_at("yahoo", Counted::refusal, 3, "rate");
  count_at("yahoo", Counted::refusal, 12, "blocklist", 2);
  count_at("yahoo", Counted::delivered, 5000, "", 24 * 31);
  EXPECT_EQ(house_.say("report bounces by=provider"),
            "ok\n"
            "tenant=acme stream=bulk provider=google sent=201 delivered=197 undelivered=3 hard=5 soft=0 "
            "block=0 complaints=1 unsubscribes=6 blocked-for=- refusals=0 refused-for=- hard-rate=2.50 "
            "complaint-rate=0.51\n"
            "tenant=acme stream=bulk provider=yahoo sent=0 delivered=20 undelivered=0 hard=0 soft=0 block=5 "
            "complaints=0 unsubscribes=0 blocked-for=blocklist:3,spam:2 refusals=15 "
            "refused-for=blocklist:12,rate:3 "
            "hard-rate=- complaint-rate=-\n"
            "end n=2\n\n");
  EXPECT_TRUE(has(house_.say("form=json report bounces by=provider"),
                  R"("refused-for":["blocklist:12","rate:3"],"hard-rate":null)"));
  EXPECT_TRUE(has(house_.say("report bounces by=provider days=60"),
                  "provider=yahoo sent=0 delivered=5020 undelivered=0 hard=0 "));
  EXPECT_TRUE(has(house_.say("help report bounces"), "from " + std::to_string(kMinVolume) + " recipients"));
  EXPECT_EQ(house_.say("report bounces by=hour"), "error invalid by must be provider\n\n");
}

TEST_F(BouncesTest, ATenantsCallerSeesItsOwnProviders) {
  count_at("google", Counted::delivered, 7);
  const auto ask = [&](const char* tenant) {
    return house_.say({"report bounces by=provider"}, {tests::ControlHouse::kReader, "key 1", tenant});
  };
  EXPECT_TRUE(has(ask("acme"), "provider=google sent=0 delivered=7 "));
  EXPECT_EQ(ask("default"), "ok\nend n=0\n\n");
}

TEST_F(BouncesTest, TheTenantsLastDayIsShownWithItsRules) {
  count(Counted::delivered, 5);
  count(Counted::delivered, 6, 24, "news");
  count(Counted::undelivered, 1, 1);
  count(Counted::bounce_block, 3, 25);
  EXPECT_TRUE(has(house_.say("tenant show acme"),
                  "\nlast-hours=24 sent=0 delivered=11 undelivered=1 hard=0 soft=0 block=0 complaints=0 "
                  "unsubscribes=0\n\n"));
  EXPECT_TRUE(has(house_.say("form=json tenant show acme"), R"({"last-hours":24,"sent":0,"delivered":11,)"));
}

TEST_F(BouncesTest, TotalsByProviderAreInBothForms) {
  count_at("google", Counted::recipient, 3);
  count_at("google", Counted::recipient, 4, "", 5, "news");
  count_at("google", Counted::refusal, 2, "rate");
  count_at("yahoo", Counted::unsubscribe, 1);
  const std::string stats = house_.say("stats");
  EXPECT_TRUE(has(stats,
                  "\nprovider=google sent=7 delivered=0 undelivered=0 hard=0 soft=0 block=0 complaints=0 "
                  "unsubscribes=0 refusals=2\n"));
  EXPECT_TRUE(has(stats, "\nprovider=other sent=0 "));
  const std::string metrics = house_.say("metrics");
  EXPECT_TRUE(has(metrics, "# TYPE signpost_provider_recipients_total counter\n"));
  EXPECT_TRUE(has(metrics, "signpost_provider_recipients_total{provider=\"google\",what=\"sent\"} 7\n"));
  EXPECT_TRUE(has(metrics, "signpost_provider_recipients_total{provider=\"google\",what=\"refusals\"} 2\n"));
  EXPECT_TRUE(
      has(metrics, "signpost_provider_recipients_total{provider=\"yahoo\",what=\"unsubscribes\"} 1\n"));
  EXPECT_TRUE(has(metrics, "signpost_provider_recipients_total{provider=\"apple\",what=\"sent\"} 0\n"));
}

TEST(DeliveryRate, IsShownOnlyWhereItMeansSomething) {
  EXPECT_EQ(format_rate(1, kMinVolume - 1), Value());
  EXPECT_EQ(format_rate(1, 0), Value());
  EXPECT_EQ(format_rate(1, kMinVolume), Value("1.00"));
  EXPECT_EQ(format_rate(0, kMinVolume), Value("0.00"));
  EXPECT_EQ(format_rate(4, 100'000), Value("0.00"));
  EXPECT_EQ(format_rate(5, 100'000), Value("0.01"));
  EXPECT_EQ(format_rate(200, 200), Value("100.00"));
  EXPECT_EQ(format_rate(201, 200), Value()) << "the log was not read as long as the reports";
}

}  // namespace
}  // namespace signpost::daemon::commands
