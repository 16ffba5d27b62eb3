// An operator's word counts until its time is over.
#include "policy/limits/overrides.h"

#include <gtest/gtest.h>

namespace signpost::policy::limits {
namespace {

using namespace std::chrono_literals;

TEST(Overrides, EndAtTheirTime) {
  const base::Wall noon{std::chrono::hours(12)};
  Overrides overrides;
  overrides.paused["acme"] = {noon, "uid=0"};
  overrides.paused["shop"] = {std::nullopt, "uid=0"};
  overrides.limits["hourly"] = {{{5, 1h}}, noon, "uid=0"};
  EXPECT_TRUE(overrides.is_paused("acme", noon - 1ms));
  EXPECT_FALSE(overrides.is_paused("acme", noon));
  EXPECT_TRUE(overrides.is_paused("shop", noon + 9999h));
  EXPECT_FALSE(overrides.is_paused("other", noon));
  ASSERT_NE(overrides.rates("hourly", noon - 1ms), nullptr);
  EXPECT_EQ(overrides.rates("hourly", noon - 1ms)->front().count, 5u);
  EXPECT_EQ(overrides.rates("hourly", noon), nullptr);
  EXPECT_EQ(overrides.rates("daily", noon), nullptr);
}

}  // namespace
}  // namespace signpost::policy::limits
