// What is usual: levels against plain sums, and which hours and days look after each other.
#include "policy/limits/volume_baseline.h"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace signpost::policy::limits {
namespace {

TEST(Level, IsMeanAndDeviationWhenAllCountAlike) {
  const std::vector<double> values = {100, 300, 50, 0, 220, 17};
  Level level;
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    level.learn(values[i], 1.0 / static_cast<double>(i + 1));
    sum += values[i];
    squares += values[i] * values[i];
  }
  const auto count = static_cast<double>(values.size());
  EXPECT_NEAR(level.mean(), sum / count, 0.5);
  EXPECT_NEAR(level.spread(), std::sqrt(squares / count - sum * sum / count / count), 0.5);
  EXPECT_EQ(level.usual(), level.mean() + level.spread());
}

TEST(Level, FollowsAndFades) {
  Level level;
  for (int i = 0; i < 60; ++i) level.learn(1000, 0.16);
  EXPECT_NEAR(level.mean(), 1000, 2);
  EXPECT_LT(level.spread(), 10);
  for (int i = 0; i < 100; ++i) level.learn(0, 0.16);
  EXPECT_LT(level.usual(), 1);
}

TEST(Level, RemembersWhatHappensNowAndThen) {
  Level level;
  for (int i = 0; i < 40; ++i) level.learn(i % 4 == 3 ? 1000 : 0, 0.16);
  EXPECT_GT(level.usual(), 500);
}

TEST(Level, HoldsAnyNumber) {
  Level level;
  level.learn(1e300, 1);
  EXPECT_GT(level.mean(), 4e9);
  level.learn(0, 0.5);
  EXPECT_TRUE(std::isfinite(level.usual()));
}

TEST(Baseline, LooksAnHourAroundAndHalfAtOtherDays) {
  Baseline baseline;
  baseline.learn_hour(24 + 10, 800, 1);
  EXPECT_NEAR(baseline.usual_hour(24 + 10), 800, 1);
  EXPECT_NEAR(baseline.usual_hour(24 + 9), 800, 1);
  EXPECT_NEAR(baseline.usual_hour(24 + 11), 800, 1);
  EXPECT_EQ(baseline.usual_hour(24 + 12), 0);
  EXPECT_NEAR(baseline.usual_hour(10), 400, 1);
  EXPECT_NEAR(baseline.usual_hour(6 * 24 + 11), 400, 1);
  EXPECT_EQ(baseline.usual_hour(6 * 24 + 8), 0);
}

TEST(Baseline, IsAWeekWithoutEnds) {
  Baseline baseline;
  baseline.learn_hour(0, 800, 1);
  EXPECT_NEAR(baseline.usual_hour(kHoursOfWeek - 1), 800, 1);
  EXPECT_NEAR(baseline.usual_hour(1), 800, 1);
}

TEST(Baseline, KnowsDays) {
  Baseline baseline;
  baseline.learn_day(1, 5000, 1);
  EXPECT_NEAR(baseline.usual_day(1), 5000, 3);
  EXPECT_NEAR(baseline.usual_day(6), 2500, 2);
}

TEST(Baseline, ComesBackFromItsBytes) {
  Baseline baseline;
  for (std::size_t hour = 0; hour < kHoursOfWeek; ++hour)
    baseline.learn_hour(hour, static_cast<double>(hour * hour), 0.7);
  for (std::size_t day = 0; day < kDaysOfWeek; ++day)
    baseline.learn_day(day, static_cast<double>(1 << day), 0.7);
  base::ByteWriter out;
  baseline.write(out);
  base::ByteReader in(out.bytes());
  EXPECT_EQ(Baseline::read(in), baseline);
  EXPECT_TRUE(in.at_end());
  base::ByteReader cut(std::string_view(out.bytes()).substr(0, out.bytes().size() - 1));
  EXPECT_FALSE(Baseline::read(cut));
  const std::string large(400, '\xff');
  base::ByteReader wrong(large);
  EXPECT_FALSE(Baseline::read(wrong));
}

}  // namespace
}  // namespace signpost::policy::limits
