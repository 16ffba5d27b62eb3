// Sums of what became of mail: by stream, provider and hours, against a slow reference; and the totals since the start.
#include "store/traffic.h"

#include <random>

#include <gtest/gtest.h>

#include "policy/limits/provider.h"
#include "store/store.h"
#include "tests/support/workplace.h"

namespace signpost::store {
namespace {

using policy::limits::TrafficQuery;
using policy::limits::TrafficSums;
using policy::limits::TrafficTable;

constexpr std::uint32_t kTenant = 7;

base::Wall in_hour(std::uint32_t hour) {
  return base::Wall{std::chrono::hours(hour) + std::chrono::minutes(59)};
}

class TrafficTest : public testing::Test {
 protected:
  void count(const ProviderCounts& counts) { ASSERT_TRUE(store_->hits().add({}, {}, counts)); }

  tests::TempDir directory_;
  std::unique_ptr<Store> store_ = std::move(*Store::open(directory_.path() + "/store"));
  StoredTraffic traffic_{store_->hits()};
};

TEST_F(TrafficTest, SaysWhatWasCountedOfEachKind) {
  count({{{kTenant, 9, Counted::recipient, "google", "", "bulk"}, 1},
         {{kTenant, 9, Counted::delivered, "google", "", "bulk"}, 2},
         {{kTenant, 9, Counted::undelivered, "google", "", "bulk"}, 3},
         {{kTenant, 9, Counted::bounce_hard, "google", "", "bulk"}, 4},
         {{kTenant, 9, Counted::bounce_soft, "google", "", "bulk"}, 5},
         {{kTenant, 9, Counted::bounce_block, "google", "spam", "bulk"}, 6},
         {{kTenant, 9, Counted::bounce_block, "google", "rate", "bulk"}, 7},
         {{kTenant, 9, Counted::complaint, "google", "", "bulk"}, 8},
         {{kTenant, 9, Counted::unsubscribe, "google", "", "bulk"}, 9},
         {{kTenant, 9, Counted::refusal, "google", "rate", "bulk"}, 10}});
  TrafficSums expected;
  expected.sent = 1;
  expected.delivered = 2;
  expected.undelivered = 3;
  expected.hard = 4;
  expected.soft = 5;
  expected.block = 13;
  expected.complaints = 8;
  expected.unsubscribes = 9;
  expected.refusals = 10;
  expected.blocked_for = {{"spam", 6}, {"rate", 7}};
  expected.refused_for = {{"rate", 10}};
  EXPECT_EQ(*traffic_.traffic({kTenant}), (TrafficTable{{{"bulk", "google"}, expected}}));
  EXPECT_TRUE(traffic_.traffic({kTenant + 1})->empty());
  EXPECT_EQ(store_->hits().provider_totals(), (ProviderTotals{{"google", expected}}));
  EXPECT_TRUE(Store::open(directory_.path() + "/another").value()->hits().provider_totals().empty());
}

TEST_F(TrafficTest, AgreesWithASlowReference) {
  std::mt19937 random(20);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
  const auto any = [&](std::uint32_t below) { return static_cast<std::uint32_t>(random() % below); };
  const char* const streams[] = {"bulk", "news", "transactional"};
  const Counted kinds[] = {Counted::recipient, Counted::delivered, Counted::bounce_hard, Counted::complaint};
  ProviderCounts all;
  for (int i = 0; i < 400; ++i) {
    const std::string provider(policy::limits::kProviderNames[any(5)]);
    all[{kTenant + any(2), 250 + any(12), kinds[any(4)], provider, "", streams[any(3)]}] += 1 + any(5);
  }
  count(all);
  for (int i = 0; i < 200; ++i) {
    TrafficQuery query{kTenant + any(2)};
    const std::uint32_t from = 248 + any(16), to = 248 + any(16);
    query.from = in_hour(from);
    if (any(4) > 0) query.to = in_hour(to);
    if (any(2) > 0) query.stream = streams[any(3)];
    if (any(2) > 0) query.provider = policy::limits::kProviderNames[any(5)];
    TrafficTable expected;
    for (const auto& [counter, times] : all) {
      if (counter.tenant != query.tenant || counter.hour < from) continue;
      if (query.to != base::Wall::max() && counter.hour > to) continue;
      if (query.stream && counter.stream != *query.stream) continue;
      if (query.provider && counter.provider != *query.provider) continue;
      TrafficSums& sums = expected[{counter.stream, counter.provider}];
      if (counter.what == Counted::recipient) sums.sent += times;
      if (counter.what == Counted::delivered) sums.delivered += times;
      if (counter.what == Counted::bounce_hard) sums.hard += times;
      if (counter.what == Counted::complaint) sums.complaints += times;
    }
    const auto table = traffic_.traffic(query);
    ASSERT_TRUE(table) << table.error().text;
    EXPECT_EQ(*table, expected);
    TrafficSums together;
    for (const auto& [name, sums] : expected) together += sums;
    EXPECT_EQ(policy::limits::sum_of(*table), together);
  }
}

}  // namespace
}  // namespace signpost::store
