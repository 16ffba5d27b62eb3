// The pace against a naive model that keeps the level as an exact fraction of a token.
#include "policy/limits/gcra.h"

#include <random>

#include <gtest/gtest.h>

namespace signpost::policy::limits {
namespace {

using base::Steady;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr Steady kStart{1h};

TEST(Gcra, ThreeOfThreeInASecondPassAtOnceThoughAThirdHasNoEnd) {
  Gcra pace;
  const Rate rate{3, 1s};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(pace.wait(rate, 3, 0, 1, kStart), 0s);
    pace.add(1, rate, kStart);
  }
  EXPECT_EQ(pace.wait(rate, 3, 0, 1, kStart), 333333334ns);
  EXPECT_EQ(pace.used(rate, kStart), 3U);
  EXPECT_EQ(pace.used(rate, kStart + 1s), 0U);
}

TEST(Gcra, AnAmountAboveTheBurstPassesWhenEmptyAndIsPaidBack) {
  Gcra pace;
  const Rate rate{10, 1s};
  EXPECT_EQ(pace.wait(rate, 5, 0, 100, kStart), 0s);
  pace.add(100, rate, kStart);
  EXPECT_EQ(pace.wait(rate, 5, 0, 1, kStart), 9600ms);
  EXPECT_EQ(pace.wait(rate, 5, 0, 100, kStart), 10s);
}

TEST(Gcra, ReservedCountsAsUsed) {
  const Gcra pace;
  const Rate rate{10, 1s};
  EXPECT_EQ(pace.wait(rate, 5, 4, 1, kStart), 0s);
  EXPECT_EQ(pace.wait(rate, 5, 5, 1, kStart), 100ms);
  EXPECT_EQ(pace.wait(rate, 5, 1, 6, kStart), 100ms);
}

TEST(Gcra, OddSettingsAreHarmless) {
  Gcra pace;
  EXPECT_EQ(pace.wait({0, 1s}, 5, 0, 1, kStart), 1s);
  EXPECT_EQ(pace.wait({1, 1s}, 0, 0, 1, kStart), 0s) << "a burst below one counts as one";
  const Rate widest{~std::uint64_t{0}, nanoseconds::max()};
  pace.add(~std::uint64_t{0}, widest, kStart);
  pace.add(~std::uint64_t{0}, widest, kStart);
  pace.add(~std::uint64_t{0}, widest, kStart);
  EXPECT_GT(pace.wait({1, 1s}, 1, ~std::uint64_t{0}, 1, kStart), 0s);
  EXPECT_EQ(pace.used({1, 1ns}, kStart), ~std::uint64_t{0});
}

/// Tokens as long double over integer nanoseconds: slow, obvious, exact for the sizes used here.
class NaivePace {
 public:
  NaivePace(Rate rate, std::uint64_t burst) : rate_(rate), burst_(burst) {}
  bool try_charge(std::uint64_t amount, Steady now) {
    drain(now);
    const bool passes = level_ == 0 || level_ + units(amount) <= units(burst_);
    if (passes) level_ += units(amount);
    return passes;
  }

 private:
  std::int64_t units(std::uint64_t tokens) const {
    return static_cast<std::int64_t>(tokens) * rate_.window.count();
  }
  void drain(Steady now) {
    for (; at_ < now && level_ > 0; at_ += 1ns)
      level_ = std::max<std::int64_t>(0, level_ - static_cast<std::int64_t>(rate_.count));
    at_ = now;
  }
  Rate rate_;
  std::uint64_t burst_;
  std::int64_t level_ = 0;
  Steady at_ = kStart;
};

TEST(Gcra, AgreesWithTheNaiveModelNanosecondByNanosecond) {
  std::mt19937_64 random(3);
  const struct {
    Rate rate;
    std::uint64_t burst;
  } settings[] = {{{3, 100ns}, 3}, {{7, 10ns}, 20}, {{1, 997ns}, 2}, {{1000, 3ns}, 5}, {{5, 64ns}, 1}};
  for (const auto& [rate, burst] : settings) {
    Gcra pace;
    NaivePace naive(rate, burst);
    Steady now = kStart;
    for (int i = 0; i < 20000; ++i) {
      now += nanoseconds{static_cast<std::int64_t>(random() % 200)};
      const std::uint64_t amount = 1 + random() % (burst + 2);
      const nanoseconds wait = pace.wait(rate, burst, 0, amount, now);
      ASSERT_EQ(wait == 0s, naive.try_charge(amount, now)) << "call " << i;
      if (wait == 0s) {
        pace.add(amount, rate, now);
      } else {
        ASSERT_EQ(pace.wait(rate, burst, 0, amount, now + wait), 0s);
        ASSERT_GT(pace.wait(rate, burst, 0, amount, now + wait - 1ns), 0s);
      }
    }
  }
}

TEST(Gcra, SustainsTheRateExactlyOverADay) {
  const Rate rate{7, 1s};
  Gcra pace;
  std::uint64_t admitted = 0;
  Steady now = kStart;
  while (now < kStart + 24h) {
    const nanoseconds wait = pace.wait(rate, 1, 0, 1, now);
    if (wait > 0s) {
      now += wait;
      continue;
    }
    pace.add(1, rate, now);
    ++admitted;
  }
  EXPECT_LE(admitted, 7U * 86400 + 1);
  EXPECT_GE(admitted, 7U * 86400 - 1);
}

TEST(Gcra, TheSavedLevelComesBack) {
  const Rate rate{10, 1s};
  Gcra pace;
  pace.add(50, rate, kStart);
  Gcra restored;
  restored.restore(pace.level(rate, kStart + 2s), Steady{});
  EXPECT_EQ(restored.used(rate, Steady{}), 30U);
  EXPECT_EQ(restored.used(rate, Steady{} + 1s), 20U);
}

}  // namespace
}  // namespace signpost::policy::limits
