// The warm-up of one key: each sentence of its contract, and random days against the promise of `earliest`.
#include "policy/limits/warmup.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace signpost::policy::limits {
namespace {

using std::chrono::days;

constexpr Day kStart{days(20000)};
const WarmupLadder kLadder = make_ladder({100, 200, 700, 1500}).value();
const WarmupRule kRule;

/// A day on which so many were sent and taken.
DayResults clean(std::uint64_t sent) {
  return {.sent = sent, .delivered = sent};
}

/// A key that moves from day to day.
struct Key {
  Warmup warmup{kLadder, kStart};
  Day today = kStart;
  void next(const DayResults& results) {
    warmup.add(kLadder, kRule, today, results);
    today += days(1);
    warmup.add(kLadder, kRule, today, {});
  }
  std::uint64_t allowance() const { return warmup.allowance(kLadder, kRule, today).value_or(0); }
  WarmupStatus status() const { return warmup.explain(kLadder, kRule, today); }
  std::string hold() const { return warmup_hold_word(status().hold); }
};

Key at_third_step() {
  Key key;
  key.next(clean(100));
  key.next(clean(200));
  EXPECT_EQ(key.allowance(), 700U);
  return key;
}

Key full() {
  Key key = at_third_step();
  key.next(clean(700));
  key.next(clean(1500));
  EXPECT_EQ(key.hold(), "full");
  return key;
}

std::string bytes_of(const Warmup& warmup) {
  base::ByteWriter out;
  warmup.write(out);
  return out.take();
}

TEST(Warmup, BeginsOnTheFirstStep) {
  const Key key;
  const WarmupStatus status = key.status();
  EXPECT_EQ(status.step, 1U);
  EXPECT_EQ(status.steps, 4U);
  EXPECT_EQ(status.allowance, 100U);
  EXPECT_EQ(status.used, 0U);
  EXPECT_EQ(key.hold(), "use");
  EXPECT_EQ(status.earliest, kStart + days(1));
  EXPECT_EQ(key.warmup.rate(kLadder, kRule, kStart), (Rate{100, std::chrono::hours(24)}));
}

TEST(Warmup, GoesUpADayAtATimeAndThenBoundsNothing) {
  Key key;
  for (const std::uint64_t volume : kLadder.steps) {
    EXPECT_EQ(key.allowance(), volume);
    key.next(clean(volume));
  }
  EXPECT_EQ(key.warmup.allowance(kLadder, kRule, key.today), std::nullopt);
  EXPECT_EQ(key.warmup.rate(kLadder, kRule, key.today), std::nullopt);
  EXPECT_EQ(key.status().step, 5U);
  EXPECT_EQ(key.hold(), "full");
  EXPECT_EQ(key.status().earliest, std::nullopt);
}

TEST(Warmup, GoesUpOnlyWhenTheDayIsOver) {
  Warmup warmup(kLadder, kStart);
  EXPECT_FALSE(warmup.add(kLadder, kRule, kStart, clean(100)));
  EXPECT_EQ(warmup.allowance(kLadder, kRule, kStart), 100U);
  EXPECT_EQ(warmup.allowance(kLadder, kRule, kStart + days(1)), 200U)
      << "asked before anybody turned the day";
  EXPECT_TRUE(warmup.add(kLadder, kRule, kStart + days(1), {}));
  EXPECT_EQ(warmup.allowance(kLadder, kRule, kStart + days(1)), 200U);
}

TEST(Warmup, DaysWithoutMailDoNotCount) {
  Key key;
  for (int i = 0; i < 20; ++i) key.next({});
  EXPECT_EQ(key.allowance(), 100U);
  EXPECT_EQ(key.hold(), "use");
}

TEST(Warmup, NeedsEnoughOfTheStepUsed) {
  Key key;
  for (int i = 0; i < 10; ++i) key.next(clean(79));
  EXPECT_EQ(key.allowance(), 100U);
  EXPECT_EQ(key.hold(), "use");
  key.next(clean(80));
  EXPECT_EQ(key.allowance(), 200U);
}

TEST(Warmup, NeedsEnoughResults) {
  Key key;
  key.next({.sent = 100, .delivered = 58});
  EXPECT_EQ(key.allowance(), 100U);
  Key other;
  other.next({.sent = 100, .delivered = 59});  // 0 of 59 is surely below 5 %
  EXPECT_EQ(other.allowance(), 200U);
  Key early;
  early.warmup.add(kLadder, kRule, early.today, {.sent = 80, .delivered = 30});
  EXPECT_EQ(early.hold(), "evidence");
}

TEST(Warmup, GathersEvidenceOverDays) {
  Key key;
  key.next({.sent = 100, .delivered = 97, .bounced = 3});  // 3 of 100 may be 5 %
  EXPECT_EQ(key.allowance(), 100U);
  key.next({.sent = 100, .delivered = 97, .bounced = 3});
  EXPECT_EQ(key.allowance(), 100U);
  key.next({.sent = 100, .delivered = 99, .bounced = 1});
  EXPECT_EQ(key.allowance(), 200U) << "7 of 300";
  EXPECT_EQ(key.status().refusals, base::Counted{}) << "a step begins without evidence";
}

TEST(Warmup, OldDaysAreForgotten) {
  Key key;
  key.next({.sent = 100, .delivered = 93, .bounced = 7});
  for (int i = 0; i < 6; ++i) key.next(clean(20));
  EXPECT_EQ(key.status().refusals, (base::Counted{7, 220}));
  key.next(clean(20));
  EXPECT_EQ(key.status().refusals, (base::Counted{0, 140}));
}

TEST(Warmup, SaysWhichShareHoldsIt) {
  Key key;
  key.warmup.add(kLadder, kRule, key.today, {.sent = 100, .delivered = 94, .bounced = 3, .blocked = 3});
  EXPECT_EQ(key.hold(), "refusals");
  EXPECT_EQ(key.status().refusals, (base::Counted{6, 100}));
  EXPECT_EQ(key.status().deferrals, (base::Counted{3, 100}));
  Key other;
  other.warmup.add(kLadder, kRule, other.today, {.sent = 100, .delivered = 94, .deferred = 4, .blocked = 2});
  EXPECT_EQ(other.hold(), "deferrals");
}

TEST(Warmup, GreylistingIsNotPressure) {
  Key key;
  key.next({.sent = 100, .delivered = 100, .greylisted = 100});
  EXPECT_EQ(key.allowance(), 200U);
}

TEST(Warmup, FallsAtOnceAndOnceADay) {
  Key key = at_third_step();
  EXPECT_TRUE(key.warmup.add(kLadder, kRule, key.today, {.sent = 300, .delivered = 200, .deferred = 100}));
  EXPECT_EQ(key.allowance(), 200U);
  EXPECT_EQ(key.hold(), "fallen");
  EXPECT_EQ(key.status().used, 300U) << "what was sent stays sent";
  EXPECT_FALSE(key.warmup.add(kLadder, kRule, key.today, {.deferred = 1000}));
  EXPECT_EQ(key.allowance(), 200U);
  key.today += days(1);
  EXPECT_TRUE(key.warmup.add(kLadder, kRule, key.today, {})) << "what came since is judged the next day";
  EXPECT_EQ(key.allowance(), 100U);
}

TEST(Warmup, AFewFailuresProveNothing) {
  Key key = at_third_step();
  key.next({.sent = 10, .delivered = 8, .bounced = 1, .deferred = 1});
  EXPECT_EQ(key.allowance(), 700U);
  key.next({.sent = 30, .delivered = 25, .bounced = 5});
  EXPECT_EQ(key.allowance(), 700U) << "6 of 39";
}

TEST(Warmup, StaysOnTheFirstStepInTrouble) {
  Key key;
  EXPECT_FALSE(key.warmup.add(kLadder, kRule, key.today, {.sent = 100, .blocked = 100}));
  EXPECT_EQ(key.allowance(), 100U);
  EXPECT_EQ(key.hold(), "fallen");
}

TEST(Warmup, WaitsLongerAfterEachFall) {
  Key key = at_third_step();
  key.next({.sent = 300, .deferred = 300});
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(key.allowance(), 200U) << i;
    EXPECT_EQ(key.hold(), i < 3 ? "wait" : "use") << i;
    EXPECT_EQ(key.status().earliest, key.today + days(4 - i));
    key.next(clean(200));
  }
  EXPECT_EQ(key.allowance(), 700U);
  key.next({.sent = 300, .deferred = 300});
  EXPECT_EQ(key.status().earliest, key.today + days(8));
}

TEST(Warmup, IsJudgedForAWeekOfMailAboveTheLastStep) {
  Key key = full();
  for (int i = 0; i < 6; ++i) key.next(clean(5000));
  Key fails = key;
  fails.next({.sent = 5000, .deferred = 40'000});
  EXPECT_EQ(fails.allowance(), 1500U);
  key.next(clean(5000));
  key.next({.sent = 5000, .deferred = 400'000});
  EXPECT_EQ(key.hold(), "full") << "the warm-up is over";
}

TEST(Warmup, LosesAStepForEachMonthWithoutMail) {
  Key key = full();
  key.today += days(28);  // the last mail was the day before
  EXPECT_EQ(key.hold(), "full");
  key.today += days(1);
  EXPECT_EQ(key.allowance(), 1500U);
  key.warmup.add(kLadder, kRule, key.today, {});
  EXPECT_EQ(key.allowance(), 1500U) << "lost once";
  key.today += days(30);
  EXPECT_EQ(key.allowance(), 700U);
  key.today += days(100'000);
  EXPECT_EQ(key.allowance(), 100U);
}

TEST(Warmup, LateResultsAreNoDayOfTheirOwn) {
  Key key;
  key.next({.sent = 100, .delivered = 10});
  for (int i = 0; i < 8; ++i) key.next({.delivered = 5});
  EXPECT_EQ(key.status().refusals, (base::Counted{0, 50}));
  EXPECT_EQ(key.allowance(), 100U);
  key.next({.sent = 80, .delivered = 9});
  EXPECT_EQ(key.allowance(), 200U);
}

TEST(Warmup, ADayEarlierCountsAsToday) {
  Key key;
  key.warmup.add(kLadder, kRule, kStart + days(1), clean(60));
  key.warmup.add(kLadder, kRule, kStart, clean(40));
  EXPECT_EQ(key.warmup.allowance(kLadder, kRule, kStart + days(2)), 200U);
}

TEST(Warmup, RecoversFromAClockThatWasFarAhead) {
  Key key;
  key.warmup.add(kLadder, kRule, kStart + days(50'000), {});
  key.next(clean(100));
  EXPECT_EQ(key.allowance(), 200U);
}

TEST(Warmup, ContinuesOnAnotherLadderByItsVolume) {
  const Key key = at_third_step();
  EXPECT_EQ(key.warmup.allowance(make_ladder({50, 500, 900}).value(), kRule, key.today), 500U);
  EXPECT_EQ(key.warmup.allowance(make_ladder({5000}).value(), kRule, key.today), 5000U);
  EXPECT_EQ(key.warmup.allowance(make_ladder({20, 30}).value(), kRule, key.today), 30U);
  EXPECT_EQ(full().warmup.allowance(make_ladder({20, 1'000'000}).value(), kRule, key.today), std::nullopt);
  EXPECT_EQ(key.warmup.allowance(WarmupLadder{}, kRule, key.today), std::nullopt);
}

TEST(Warmup, EarliestIsNeverBeaten) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 300; ++round) {
    Key key;
    for (int i = static_cast<int>(random() % 12); i >= 0; --i) {
      const std::uint64_t sent = random() % (key.allowance() + 1);
      const std::uint64_t bad = random() % (1 + sent / (1 + random() % 30));
      key.next({.sent = sent, .delivered = sent - bad, .bounced = bad / 2, .deferred = bad - bad / 2});
    }
    const WarmupStatus status = key.status();
    if (status.hold == WarmupHold::full) continue;
    ASSERT_TRUE(status.earliest);
    for (int run = 0; run < 4; ++run) {  // the first does as well as can be, the others at random
      Key on = key;
      while (on.today < *status.earliest) {
        ASSERT_LE(on.status().step, status.step);
        const std::uint64_t left = on.allowance() - std::min(on.allowance(), on.status().used);
        on.next(clean(run == 0 ? left : random() % (left + 1)));
      }
      if (run == 0) {
        EXPECT_GT(on.status().step, status.step);
      }
    }
  }
}

TEST(Warmup, ComesBackFromItsBytes) {
  std::mt19937_64 random(6);
  for (int round = 0; round < 200; ++round) {
    Key key;
    for (int i = static_cast<int>(random() % 15); i > 0; --i)
      key.next({.sent = random() % 2000,
                .delivered = random() % 2000,
                .bounced = random() % 50,
                .deferred = random() % 300,
                .blocked = random() % 3,
                .greylisted = random() % 9});
    const std::string bytes = bytes_of(key.warmup);
    ASSERT_LE(bytes.size(), Warmup::kMaxBytes);
    base::ByteReader in(bytes);
    const auto back = Warmup::read(in);
    ASSERT_TRUE(back);
    EXPECT_TRUE(in.at_end());
    EXPECT_EQ(*back, key.warmup);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      base::ByteReader part(std::string_view(bytes).substr(0, cut));
      EXPECT_FALSE(Warmup::read(part)) << cut;
    }
  }
}

TEST(Warmup, StaysSmallWithHugeNumbers) {
  Key key;
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  for (int i = 0; i < 10; ++i) key.next({kMost, kMost, kMost, kMost, kMost, kMost});
  EXPECT_LE(bytes_of(key.warmup).size(), Warmup::kMaxBytes);
  EXPECT_LE(sizeof(Warmup), 400U);
  const std::string bytes = bytes_of(key.warmup);
  base::ByteReader in(bytes);
  EXPECT_EQ(Warmup::read(in), key.warmup);
}

}  // namespace
}  // namespace signpost::policy::limits
