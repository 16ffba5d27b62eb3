// Reservations, all or nothing, saving and loading, and the promise that no window ever holds
// more than its count.
#include "policy/limits/buckets.h"

#include <atomic>
#include <deque>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "policy/limits/exceptions.h"

namespace signpost::policy::limits {
namespace {

using base::Steady;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr Steady kStart{10h};

LimitSettings quota(const char* name, std::vector<Rate> rates, LimitAction action = LimitAction::defer) {
  LimitSettings limit;
  limit.name = name;
  limit.rates = std::move(rates);
  limit.action = action;
  return limit;
}
LimitSettings pace(const char* name, Rate rate, std::uint64_t burst) {
  LimitSettings limit = quota(name, {rate});
  limit.burst = burst;
  return limit;
}
bool charge(Buckets& buckets, const std::vector<Charge>& charges, Steady now) {
  const auto reserved = buckets.reserve(charges, now);
  if (reserved) buckets.commit(reserved->id, now);
  return reserved.has_value();
}
/// All of it, as one part.
std::string save_all(Buckets& buckets, Steady now) {
  buckets.begin_round();
  return buckets.take_round(~std::size_t{0}, now).bytes;
}
std::uint64_t used(const Buckets& buckets, const char* limit, Steady now) {
  const auto states = buckets.list(limit, 1, now);
  return states.empty() ? 0 : states.front().used.front();
}

TEST(Buckets, ARefusalChargesNothingAnywhere) {
  Buckets buckets;
  const auto wide = quota("wide", {{100, 1h}});
  const auto narrow = quota("narrow", {{1, 1h}, {50, 24h}});
  EXPECT_TRUE(charge(buckets, {{&wide, "a", 1}, {&narrow, "a", 1}}, kStart));
  const auto refused = buckets.reserve({{&wide, "a", 5}, {&narrow, "a", 1}}, kStart);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().limit, "narrow");
  EXPECT_EQ(refused.error().key, "a");
  EXPECT_EQ(used(buckets, "wide", kStart), 1U);
  EXPECT_EQ(used(buckets, "narrow", kStart), 1U);
}

TEST(Buckets, ReservationsCountUntilReleasedAndBothEndsAreIdempotent) {
  Buckets buckets;
  const auto limit = quota("l", {{2, 1h}});
  const std::vector<Charge> one = {{&limit, "k", 1}};
  const auto first = buckets.reserve(one, kStart);
  const auto second = buckets.reserve(one, kStart);
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->id, second->id);
  EXPECT_FALSE(buckets.reserve(one, kStart));
  buckets.release(first->id, kStart);
  buckets.release(first->id, kStart);
  buckets.commit(first->id, kStart);
  buckets.commit(second->id, kStart);
  buckets.commit(second->id, kStart);
  buckets.commit(777, kStart);
  EXPECT_EQ(used(buckets, "l", kStart), 1U);
  EXPECT_EQ(buckets.list("l", 1, kStart).front().reserved, 0U);
  EXPECT_TRUE(charge(buckets, one, kStart));
  EXPECT_FALSE(charge(buckets, one, kStart));
  EXPECT_EQ(buckets.reserve({}, kStart)->id, 0U);
}

TEST(Buckets, AReservationEndsByItselfAfterAnHour) {
  Buckets buckets;
  const auto limit = quota("l", {{1, 1s}});
  const std::vector<Charge> one = {{&limit, "k", 1}};
  const auto lost = buckets.reserve(one, kStart);
  EXPECT_FALSE(buckets.judge(one, kStart + 1h - 1ns));
  EXPECT_TRUE(buckets.judge(one, kStart + 1h));
  EXPECT_TRUE(charge(buckets, one, kStart + 1h));
  buckets.commit(lost->id, kStart + 1h);
  EXPECT_EQ(used(buckets, "l", kStart + 1h), 1U);
}

TEST(Buckets, ObservedLimitsAreReportedAndCharged) {
  Buckets buckets;
  const auto watched = quota("watched", {{1, 1h}}, LimitAction::observe);
  EXPECT_TRUE(charge(buckets, {{&watched, "k", 1}}, kStart));
  const auto over = buckets.reserve({{&watched, "k", 1}}, kStart);
  ASSERT_TRUE(over);
  ASSERT_EQ(over->observed.size(), 1U);
  EXPECT_EQ(over->observed[0].limit, "watched");
  EXPECT_EQ(over->observed[0].action, LimitAction::observe);
  buckets.commit(over->id, kStart);
  EXPECT_EQ(used(buckets, "watched", kStart), 2U);
}

TEST(Buckets, TwoChargesOfOneCallShareTheirBucket) {
  Buckets buckets;
  const auto limit = quota("l", {{3, 1h}});
  const std::vector<Charge> twice = {{&limit, "k", 2}, {&limit, "k", 2}};
  EXPECT_FALSE(buckets.judge(twice, kStart));
  EXPECT_FALSE(buckets.reserve(twice, kStart));
  EXPECT_TRUE(buckets.judge({{&limit, "k", 1}, {&limit, "k", 2}}, kStart));
}

TEST(Buckets, AnAmountAboveTheCapacityPassesWhenEmpty) {
  Buckets buckets;
  const auto limit = quota("l", {{10, 1h}});
  EXPECT_TRUE(charge(buckets, {{&limit, "k", 25}}, kStart));
  EXPECT_FALSE(charge(buckets, {{&limit, "k", 1}}, kStart + 1h));
  EXPECT_TRUE(charge(buckets, {{&limit, "k", 25}}, kStart + 2h));
  const auto closed = quota("closed", {{0, 1h}});
  EXPECT_FALSE(charge(buckets, {{&closed, "k", 1}}, kStart));
  EXPECT_FALSE(buckets.judge({{&closed, "other", 1}}, kStart));
}

TEST(Buckets, RetryAfterIsTheTruthInWholeSeconds) {
  std::mt19937_64 random(1);
  const auto hourly = quota("hourly", {{30, 1h}, {9, 1min}});
  const auto smooth = pace("smooth", {7, 1min}, 4);
  Buckets buckets;
  Steady now = kStart;
  int refusals = 0;
  for (int i = 0; i < 3000; ++i) {
    now += nanoseconds{static_cast<std::int64_t>(random() % 40'000'000'000U)};
    const std::vector<Charge> charges = {{&hourly, "k", 1 + random() % 4}, {&smooth, "k", 1 + random() % 3}};
    const auto judged = buckets.judge(charges, now);
    const bool passed = charge(buckets, charges, now);
    ASSERT_EQ(judged.has_value(), passed) << "judge and reserve disagree";
    if (passed) continue;
    ++refusals;
    const auto wait = judged.error().retry_after;
    ASSERT_GE(wait, 1s);
    ASSERT_TRUE(buckets.reserve(charges, now).error().retry_after == wait);
    const std::string saved =
        save_all(buckets, now);  // look ahead in a copy: asking would move the original's clock
    Buckets ahead;
    ASSERT_TRUE(ahead.add(saved, now, now));
    ASSERT_FALSE(charge(ahead, charges, now));
    now += wait;
    ASSERT_TRUE(charge(buckets, charges, now)) << "refused again after exactly the seconds it named";
  }
  EXPECT_GT(refusals, 100);
}

/// Random reserve, commit, release and restart; the log says what became mail and when.
TEST(Buckets, NoWindowEverHoldsMoreThanItsCountAcrossRestarts) {
  std::mt19937_64 random(5);
  const auto limit = quota("l", {{20, 16s}, {60, 160s}});
  for (int round = 0; round < 20; ++round) {
    auto buckets = std::make_unique<Buckets>();
    std::deque<std::pair<nanoseconds, std::uint64_t>> log;  // in the world's time
    std::vector<std::pair<ReservationId, std::uint64_t>> open;
    nanoseconds world{0};
    nanoseconds offset{
        static_cast<std::int64_t>(random() % 1'000'000'000'000U)};  // this process's clock runs ahead by it
    for (int i = 0; i < 3000; ++i) {
      world += std::chrono::milliseconds(random() % 700);
      const Steady now{world + offset};
      const auto dice = random() % 100;
      if (dice < 55) {
        const std::uint64_t amount = 1 + random() % 4;
        if (auto reserved = buckets->reserve({{&limit, "k", amount}}, now))
          open.emplace_back(reserved->id, amount);
      } else if (dice < 98 && !open.empty()) {
        const std::size_t pick = random() % open.size();
        if (random() % 4 != 0) {
          buckets->commit(open[pick].first, now);
          log.emplace_back(world, open[pick].second);
        } else {
          buckets->release(open[pick].first, now);
        }
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(pick));
      } else if (dice >= 98) {
        const std::string saved = save_all(*buckets, now);
        const nanoseconds down = std::chrono::milliseconds(random() % 9000);
        world += down;
        offset = nanoseconds{static_cast<std::int64_t>(random() % 1'000'000'000'000U)} - world;
        buckets = std::make_unique<Buckets>();
        ASSERT_TRUE(buckets->add(saved, Steady{world + offset} - down, Steady{world + offset}));
        open.clear();
      }
      for (const Rate& rate : limit.rates) {
        std::uint64_t sum = 0;
        for (const auto& [at, amount] : log) {
          if (at >= world - rate.window) sum += amount;
        }
        ASSERT_LE(sum, rate.count) << "round " << round << " step " << i;
      }
    }
  }
}

TEST(Buckets, WhatCannotBeReadChangesNothing) {
  const auto limit = quota("l", {{20, 1h}});
  Buckets full;
  ASSERT_TRUE(charge(full, {{&limit, "k", 3}}, kStart));
  const std::string good = save_all(full, kStart);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string flipped = good;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    for (const std::string& bad : {flipped, good.substr(0, at)}) {
      Buckets buckets;
      ASSERT_TRUE(charge(buckets, {{&limit, "old", 1}}, kStart));
      const auto loaded = buckets.add(bad, kStart, kStart);
      ASSERT_FALSE(loaded);
      EXPECT_EQ(loaded.error().kind, base::ErrorKind::corrupt);
      EXPECT_EQ(buckets.size(), 1U);
    }
  }
  Buckets buckets;
  EXPECT_EQ(*buckets.add(good, kStart, kStart), 1U);
  EXPECT_EQ(used(buckets, "l", kStart), 3U);
}

TEST(Buckets, ReservationsAreNeverSaved) {
  const auto limit = quota("l", {{20, 1h}});
  Buckets buckets;
  ASSERT_TRUE(buckets.reserve({{&limit, "k", 3}}, kStart));
  Buckets next;
  ASSERT_TRUE(next.add(save_all(buckets, kStart), kStart, kStart));
  EXPECT_EQ(used(next, "l", kStart), 0U);
}

TEST(Buckets, WhatIsSavedForAReaderAnswersAsHere) {
  const auto limit = quota("l", {{5, 1h}, {100, 24h}});
  const auto other = quota("other", {{1, 1h}});
  Buckets buckets;
  ASSERT_TRUE(charge(buckets, {{&limit, "k", 2}, {&other, "k", 1}}, kStart));
  ASSERT_TRUE(buckets.reserve({{&limit, "k", 2}}, kStart + 30min));
  const std::vector<Charge> one = {{&limit, "k", 1}};
  EXPECT_EQ(buckets.used(one.front(), kStart + 30min), (std::vector<std::uint64_t>{4, 4}));
  EXPECT_TRUE(buckets.used({&limit, "unknown", 1}, kStart).empty());

  Buckets reader;
  ASSERT_TRUE(charge(reader, {{&limit, "kept", 1}}, kStart));
  ASSERT_EQ(reader.add(buckets.save(one, kStart + 30min), kStart + 30min, kStart + 30min), 1U);
  EXPECT_EQ(reader.size(), 2U) << "without the bucket of the other limit";
  EXPECT_TRUE(charge(reader, one, kStart + 30min));
  const auto refused = reader.judge(one, kStart + 30min);
  ASSERT_FALSE(refused);
  const auto here = buckets.judge({{&limit, "k", 2}}, kStart + 30min);
  ASSERT_FALSE(here);
  EXPECT_EQ(refused.error().retry_after, here.error().retry_after);
  EXPECT_EQ(used(buckets, "l", kStart + 30min), 4U) << "nothing changed here";
  EXPECT_FALSE(reader.add("nonsense", kStart, kStart));
  EXPECT_EQ(reader.size(), 2U);
}

TEST(Buckets, ALongStopEmptiesAndAnEarlyMomentLocksOutNoLongerThanOneWindow) {
  const auto limit = quota("l", {{5, 1h}});
  Buckets buckets;
  ASSERT_TRUE(charge(buckets, {{&limit, "k", 5}}, kStart));
  const std::string saved = save_all(buckets, kStart);
  for (const nanoseconds ago : {nanoseconds{0}, nanoseconds{30min}, nanoseconds{1h}}) {
    Buckets next;
    ASSERT_TRUE(next.add(saved, kStart - ago, kStart - ago));
    EXPECT_TRUE(charge(next, {{&limit, "k", 1}}, kStart + 1h + 4min - ago)) << ago.count();
  }
}

TEST(Buckets, AClockThatStepsBackCountsAsStandingStill) {
  const auto limit = quota("l", {{5, 1s}});
  Buckets buckets;
  ASSERT_TRUE(charge(buckets, {{&limit, "k", 5}}, kStart));
  EXPECT_FALSE(charge(buckets, {{&limit, "k", 1}}, kStart - 1h));
  EXPECT_TRUE(charge(buckets, {{&limit, "k", 1}}, kStart + 2s));
}

TEST(Buckets, ChangedRatesKeepTheCountOfWindowsThatStay) {
  Buckets buckets;
  auto limit = quota("l", {{5, 1h}, {50, 24h}});
  ASSERT_TRUE(charge(buckets, {{&limit, "k", 5}}, kStart));
  limit.rates = {{8, 1h}, {6, 1min}};
  EXPECT_TRUE(charge(buckets, {{&limit, "k", 3}}, kStart));
  EXPECT_EQ(buckets.list("l", 9, kStart).front().used, (std::vector<std::uint64_t>{8, 3}));
  limit.burst = 4;
  EXPECT_TRUE(charge(buckets, {{&limit, "k", 4}}, kStart)) << "a quota's count is no pace's level";
}

TEST(Buckets, RetainDropsTheStateOfLimitsThatAreGone) {
  Buckets buckets;
  const auto stays = quota("stays", {{5, 1h}});
  const auto goes = quota("goes", {{5, 1h}});
  ASSERT_TRUE(charge(buckets, {{&stays, "k", 2}, {&goes, "k", 2}}, kStart));
  const auto open = buckets.reserve({{&goes, "held", 1}}, kStart);
  buckets.retain({stays}, kStart);
  EXPECT_EQ(buckets.size(), 2U);
  buckets.commit(open->id, kStart);
  buckets.retain({stays}, kStart);
  EXPECT_EQ(buckets.size(), 1U);
  EXPECT_EQ(used(buckets, "stays", kStart), 2U);
}

TEST(Buckets, AReloadKeepsTheUseUnderAnException) {
  Settings settings;
  settings.limits = {quota("l", {{5, 1h}})};
  settings.limits[0].key = {LimitKeyPart::login};
  settings.limits[0].exceptions.push_back(
      {{*parse_key_term(LimitKeyPart::login, "bulk")}, {{50, 24h}}, std::nullopt});
  settings.index_limits();
  const LimitSettings& limit = settings.limits[0];
  Buckets buckets;
  ASSERT_TRUE(charge(buckets, {{&limit_for(limit, "login=bulk"), "login=bulk", 40}}, kStart));
  buckets.retain(settings.limits, kStart);
  EXPECT_EQ(buckets.peek("l", "login=bulk", kStart)->used, (std::vector<std::uint64_t>{40}));
  EXPECT_FALSE(charge(buckets, {{&limit_for(limit, "login=bulk"), "login=bulk", 11}}, kStart));
}

TEST(Buckets, WithoutRatesEverythingPasses) {
  Buckets buckets;
  const auto none = quota("l", {});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(charge(buckets, {{&none, "k", 1000000}}, kStart));
  EXPECT_TRUE(buckets.list("", 9, kStart).empty());
  EXPECT_TRUE(buckets.used({&none, "k", 1}, kStart).empty());
}

TEST(Buckets, ResetEmptiesOneKeyOrAll) {
  Buckets buckets;
  const auto limit = quota("l", {{5, 1h}});
  for (const char* key : {"a", "b", "c"}) ASSERT_TRUE(charge(buckets, {{&limit, key, 5}}, kStart));
  EXPECT_EQ(buckets.reset("l", "a", kStart), 1U);
  EXPECT_EQ(buckets.reset("l", "a", kStart), 0U);
  EXPECT_EQ(buckets.reset("l", "nobody", kStart), 0U);
  EXPECT_TRUE(charge(buckets, {{&limit, "a", 5}}, kStart));
  const auto open = buckets.reserve({{&limit, "d", 1}}, kStart);
  EXPECT_EQ(buckets.reset("l", "", kStart), 4U);
  buckets.commit(open->id, kStart);
  const auto rest = buckets.list("", 9, kStart);
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].key, "d");
}

TEST(Buckets, PeekShowsOneBucketAndListAllOfThem) {
  Buckets buckets;
  const Limiter& port = buckets;
  const auto limit = quota("l", {{5, 1h}, {9, 24h}});
  ASSERT_TRUE(charge(buckets, {{&limit, "a", 2}}, kStart));
  const auto open = buckets.reserve({{&limit, "a", 1}}, kStart);
  ASSERT_TRUE(open);
  const auto seen = port.peek("l", "a", kStart);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->used, (std::vector<std::uint64_t>{3, 3}));
  EXPECT_EQ(seen->reserved, 1U);
  EXPECT_FALSE(port.peek("l", "b", kStart));
  EXPECT_FALSE(port.peek("m", "a", kStart));
  EXPECT_EQ(port.list("", Limiter::kAll, kStart).size(), 1U);
  buckets.release(open->id, kStart);
  EXPECT_FALSE(port.peek("l", "a", kStart + 48h)) << "its use is over";
}

TEST(Buckets, ListNamesTheFullestFirst) {
  Buckets buckets;
  const auto small = quota("small", {{10, 1h}});
  const auto big = quota("big", {{1000, 1h}});
  for (int i = 0; i < 3000; ++i) ASSERT_TRUE(charge(buckets, {{&big, "k" + std::to_string(i), 1}}, kStart));
  ASSERT_TRUE(charge(buckets, {{&small, "half", 5}, {&big, "most", 900}}, kStart));
  const auto top = buckets.list("", 2, kStart);
  ASSERT_EQ(top.size(), 2U);
  EXPECT_EQ(top[0].key, "most");
  EXPECT_EQ(top[1].key, "half");
  EXPECT_EQ(buckets.list("small", 9, kStart).size(), 1U);
}

TEST(Buckets, ThreadsTogetherNeverPassTheCount) {
  Buckets buckets;
  const auto limit = quota("l", {{5000, 1h}});
  std::atomic<std::uint64_t> passed{0};
  std::atomic<bool> done{false};
  std::thread saver([&] {
    while (!done) (void)save_all(buckets, kStart);
  });
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) {
        const auto reserved =
            buckets.reserve({{&limit, "k", 1}, {&limit, "own" + std::to_string(t), 1}}, kStart);
        if (!reserved) continue;
        if (i % 8 == 0) {
          buckets.release(reserved->id, kStart);
        } else {
          buckets.commit(reserved->id, kStart);
          ++passed;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  done = true;
  saver.join();
  EXPECT_LE(passed, 5000U);
  EXPECT_GT(passed, 4900U);
}

}  // namespace
}  // namespace signpost::policy::limits
