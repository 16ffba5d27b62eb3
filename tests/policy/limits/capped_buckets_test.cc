// The cap on the keys of a limit: what an attacker who invents keys gets by it, what others feel of it, and that below
// it nothing is different.
#include "policy/limits/capped_buckets.h"

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "policy/limits/buckets.h"
#include "policy/limits/exceptions.h"
#include "policy/limits/key.h"

namespace signpost::policy::limits {
namespace {

using base::Steady;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr Steady kStart{10h};

LimitSettings quota(std::vector<Rate> rates, std::uint64_t max_keys) {
  LimitSettings limit;
  limit.name = "l";
  limit.rates = std::move(rates);
  limit.max_keys = max_keys;
  return limit;
}
/// How many of `wanted` single messages pass.
int send(Buckets& buckets, const LimitSettings& limit, const std::string& key, int wanted, Steady now) {
  int passed = 0;
  for (int i = 0; i < wanted; ++i) {
    const std::vector<Charge> charges = {{&limit, key, 1}};
    const bool judged = buckets.judge(charges, now).has_value();
    const auto reserved = buckets.reserve(charges, now);
    EXPECT_EQ(judged, reserved.has_value()) << key;
    if (!reserved) continue;
    buckets.commit(reserved->id, now);
    ++passed;
  }
  return passed;
}
std::string key_of(int i) {
  return "rcpt_domain=d" + std::to_string(i) + ".example";
}
void invent(Buckets& buckets, const LimitSettings& limit, int from, int to, Steady now) {
  for (int i = from; i < to; ++i) (void)send(buckets, limit, key_of(i), 1, now);
}

TEST(CappedBuckets, InventedKeysDropNobodysCount) {
  Buckets buckets;
  const auto limit = quota({{5, 1h}}, 10);
  EXPECT_EQ(send(buckets, limit, "rcpt_domain=victim.example", 9, kStart), 5);
  EXPECT_EQ(send(buckets, limit, "rcpt_domain=attacker.example", 9, kStart), 5);
  invent(buckets, limit, 0, 5000, kStart + 1min);
  EXPECT_EQ(send(buckets, limit, "rcpt_domain=victim.example", 9, kStart + 2min), 0);
  EXPECT_EQ(send(buckets, limit, "rcpt_domain=attacker.example", 9, kStart + 2min), 0);
  EXPECT_EQ(buckets.key_counts().front().keys, 10U);
  EXPECT_EQ(buckets.size(), 11U) << "ten, and one that is shared";
}

TEST(CappedBuckets, KeysBeyondTheCapTogetherPassWhatOneKeyMay) {
  Buckets buckets;
  const auto limit = quota({{5, 1h}}, 10);
  invent(buckets, limit, 0, 10, kStart);
  EXPECT_FALSE(buckets.key_counts().front().shared);
  int passed = 0;
  for (int i = 100; i < 200; ++i) passed += send(buckets, limit, key_of(i), 1, kStart);
  EXPECT_EQ(passed, 5);
  EXPECT_EQ(send(buckets, limit, key_of(3), 9, kStart), 4) << "who has a count of its own keeps it";
  const auto refused = buckets.reserve({{&limit, key_of(500), 1}}, kStart);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().key, "other");
  EXPECT_EQ(buckets.peek("l", "other", kStart)->used.front(), 5U);
  EXPECT_EQ(buckets.used({&limit, key_of(500), 1}, kStart).front(), 5U);
  const KeyCount count = buckets.key_counts().front();
  EXPECT_TRUE(count.shared);
  EXPECT_EQ(count.charged_to_shared, 101U);
}

TEST(CappedBuckets, IdleBucketsMakeRoom) {
  Buckets buckets;
  const auto limit = quota({{5, 1h}}, 10);
  invent(buckets, limit, 0, 10, kStart);
  const auto held = buckets.reserve({{&limit, key_of(0), 1}}, kStart + 3h);
  ASSERT_TRUE(held);
  invent(buckets, limit, 20, 29, kStart + 3h);
  EXPECT_FALSE(buckets.key_counts().front().shared);
  EXPECT_EQ(buckets.key_counts().front().keys, 10U);
  EXPECT_TRUE(buckets.peek("l", key_of(0), kStart + 3h)) << "an open reservation keeps its bucket";
  buckets.commit(held->id, kStart + 3h);
  EXPECT_EQ(send(buckets, limit, key_of(0), 9, kStart + 3h), 4);
}

TEST(CappedBuckets, IdleBucketsGoWithoutCharges) {
  Buckets buckets;
  const auto limit = quota({{5, 1s}}, 100);
  invent(buckets, limit, 0, 150, kStart);
  for (int i = 0; i < 20; ++i) buckets.sweep(10, kStart + 5s);
  EXPECT_EQ(buckets.size(), 0U);
  EXPECT_FALSE(buckets.key_counts().front().shared);
}

TEST(CappedBuckets, WhatAKeyUsedInTheSharedCountStillCountsWhenItHasItsOwn) {
  Buckets buckets;
  const auto limit = quota({{5, 1h}}, 2);
  invent(buckets, limit, 0, 2, kStart);
  EXPECT_EQ(send(buckets, limit, key_of(7), 9, kStart + 50min), 5);
  // Room since the first two are idle, and 15 minutes of the hour are left.
  EXPECT_EQ(send(buckets, limit, key_of(7), 9, kStart + 70min), 0);
  EXPECT_EQ(send(buckets, limit, key_of(8), 9, kStart + 70min), 0) << "nobody knows which of them it was";
  EXPECT_EQ(buckets.key_counts().front().keys, 0U) << "asking fills no place";
  EXPECT_EQ(send(buckets, limit, key_of(7), 9, kStart + 2h), 5);
  EXPECT_EQ(send(buckets, limit, key_of(8), 9, kStart + 2h), 5);
}

TEST(CappedBuckets, ReservationsInTheSharedCountStillCountToo) {
  Buckets buckets;
  const auto limit = quota({{5, 1h}}, 1);
  invent(buckets, limit, 0, 1, kStart);
  const auto open = buckets.reserve({{&limit, key_of(7), 5}}, kStart + 70min - 20min);
  ASSERT_TRUE(open);
  EXPECT_EQ(send(buckets, limit, key_of(7), 9, kStart + 70min), 0);
  buckets.release(open->id, kStart + 71min);
  EXPECT_EQ(send(buckets, limit, key_of(7), 9, kStart + 71min), 5);
}

TEST(CappedBuckets, AskingAloneFillsNoPlace) {
  Buckets buckets;
  const auto limit = quota({{5, 1h}}, 2);
  invent(buckets, limit, 0, 2, kStart);
  EXPECT_EQ(send(buckets, limit, key_of(7), 1, kStart + 50min), 1);
  std::vector<ReservationId> open;
  for (int i = 100; i < 102; ++i) {
    const auto reserved = buckets.reserve({{&limit, key_of(i), 1}, {&limit, key_of(i), 1}}, kStart + 70min);
    ASSERT_TRUE(reserved);
    open.push_back(reserved->id);
  }
  EXPECT_EQ(buckets.key_counts().front().keys, 2U);
  for (const ReservationId id : open) buckets.release(id, kStart + 70min);
  EXPECT_EQ(buckets.key_counts().front().keys, 0U);
}

TEST(CappedBuckets, NoTenantFillsWhatAnotherShares) {
  Buckets buckets;
  auto limit = quota({{5, 1h}}, 3);
  limit.key = {LimitKeyPart::tenant, LimitKeyPart::rcpt_domain};
  for (int i = 0; i < 50; ++i) (void)send(buckets, limit, "tenant=acme " + key_of(i), 1, kStart);
  EXPECT_EQ(send(buckets, limit, "tenant=acme " + key_of(60), 9, kStart), 0);
  EXPECT_EQ(send(buckets, limit, "tenant=shop " + key_of(60), 9, kStart), 5);
  EXPECT_TRUE(buckets.peek("l", "other tenant=acme", kStart));
  EXPECT_TRUE(buckets.peek("l", "other tenant=shop", kStart));
}

TEST(CappedBuckets, KeysOfAnExceptionShareAmongThemselves) {
  Settings settings;
  auto& limit = settings.limits.emplace_back(quota({{5, 1h}}, 1));
  limit.key = {LimitKeyPart::login};
  limit.exceptions.push_back({{*parse_key_term(LimitKeyPart::login, "backup")}, {{50, 24h}}, {}});
  limit.exceptions.push_back({{*parse_key_term(LimitKeyPart::login, "@trial.example")}, {{2, 1h}}, {}});
  settings.index_limits();
  const auto rates_of = [&](const std::string& key) -> const LimitSettings& { return limit_for(limit, key); };
  Buckets buckets;
  const auto send_as = [&](const std::string& key, int wanted) {
    return send(buckets, rates_of(key), key, wanted, kStart);
  };
  EXPECT_EQ(send_as("login=first", 1), 1);
  EXPECT_EQ(send_as("login=a", 9), 5);
  EXPECT_EQ(send_as("login=backup", 99), 50) << "named wholly, it shares with nobody";
  EXPECT_EQ(send_as("login=x@trial.example", 9), 2);
  EXPECT_EQ(send_as("login=y@trial.example", 9), 0);
  const std::string shared = "other exception=login=@trial.example";
  EXPECT_TRUE(buckets.peek("l", "other exception=login=backup", kStart));
  ASSERT_TRUE(buckets.peek("l", shared, kStart));
  EXPECT_EQ(limit_for(limit, shared).rates, limit.exceptions[1].rates);
  EXPECT_EQ(&limit_for(limit, "other"), &limit);
  buckets.retain(settings.limits, kStart);
  EXPECT_EQ(send_as("login=y@trial.example", 9), 0) << "a reload keeps its window";
}

TEST(CappedBuckets, AReloadThatLowersTheCapKeepsAllCounts) {
  Buckets buckets;
  auto limit = quota({{5, 1h}}, 10);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(send(buckets, limit, key_of(i), 9, kStart), 5);
  limit.max_keys = 3;
  buckets.retain({limit}, kStart);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(send(buckets, limit, key_of(i), 9, kStart), 0);
  EXPECT_EQ(send(buckets, limit, key_of(20), 1, kStart), 1);
  EXPECT_TRUE(buckets.key_counts().front().shared);
  invent(buckets, limit, 30, 33, kStart + 2h);
  invent(buckets, limit, 30, 33, kStart + 2h);
  EXPECT_LE(buckets.key_counts().front().keys, 3U);
}

TEST(CappedBuckets, AReloadThatRaisesTheCapHelpsAtOnce) {
  Buckets buckets;
  auto limit = quota({{5, 1h}}, 3);
  buckets.retain({limit}, kStart);
  invent(buckets, limit, 0, 20, kStart);
  EXPECT_EQ(send(buckets, limit, key_of(50), 1, kStart), 0);
  buckets.retain({limit}, kStart);
  EXPECT_EQ(send(buckets, limit, key_of(50), 1, kStart), 0) << "not raised";
  limit.max_keys = 30;
  buckets.retain({limit}, kStart);
  EXPECT_EQ(send(buckets, limit, key_of(50), 9, kStart), 5);
  EXPECT_FALSE(buckets.key_counts().front().shared);
}

TEST(CappedBuckets, ARestartKeepsWhatIsShared) {
  Buckets buckets;
  const auto limit = quota({{5, 1h}}, 3);
  invent(buckets, limit, 0, 20, kStart);
  buckets.begin_round();
  Buckets next;
  ASSERT_TRUE(next.add(buckets.take_round(100, kStart).bytes, kStart, kStart));
  EXPECT_EQ(next.size(), 4U);
  EXPECT_EQ(next.key_counts().front().keys, 3U);
  EXPECT_EQ(send(next, limit, key_of(50), 1, kStart), 0);
}

TEST(CappedBuckets, OneCallWithMoreNewKeysThanRoomIsForetold) {
  const auto limit = quota({{2, 1h}}, 3);
  std::vector<Charge> charges;
  for (int i = 0; i < 6; ++i) charges.push_back({&limit, key_of(i), 1});
  Buckets buckets;
  EXPECT_FALSE(buckets.judge(charges, kStart)) << "three share two";
  EXPECT_FALSE(buckets.reserve(charges, kStart));
  charges.pop_back();
  EXPECT_TRUE(buckets.judge(charges, kStart));
  EXPECT_TRUE(buckets.reserve(charges, kStart));
}

/// As many keys as the cap allows are counted as if there were none.
TEST(CappedBuckets, BelowTheCapNothingIsDifferent) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 30; ++round) {
    const auto capped = quota({{4, 1s}, {9, 7s}}, 25);
    const auto open = quota({{4, 1s}, {9, 7s}}, 10'000'000);
    Buckets buckets;
    Buckets reference;
    std::vector<std::pair<ReservationId, ReservationId>> held;
    Steady now = kStart;
    for (int step = 0; step < 3000; ++step) {
      now += std::chrono::milliseconds(random() % 60);
      if (random() % 3 > 0 || held.empty()) {
        const std::string key = key_of(static_cast<int>(random() % 25));
        const std::uint64_t amount = 1 + random() % 3;
        const auto mine = buckets.reserve({{&capped, key, amount}}, now);
        const auto other = reference.reserve({{&open, key, amount}}, now);
        ASSERT_EQ(mine.has_value(), other.has_value());
        if (mine) held.emplace_back(mine->id, other->id);
        if (!mine) {
          ASSERT_EQ(mine.error().retry_after, other.error().retry_after);
        }
      } else {
        const std::size_t pick = random() % held.size();
        const bool goes_out = random() % 4 > 0;
        goes_out ? buckets.commit(held[pick].first, now) : buckets.release(held[pick].first, now);
        goes_out ? reference.commit(held[pick].second, now) : reference.release(held[pick].second, now);
        held.erase(held.begin() + static_cast<std::ptrdiff_t>(pick));
      }
    }
    EXPECT_EQ(buckets.key_counts().front().charged_to_shared, 0U);
  }
}

/// Whatever is sent, restarted and reloaded: no key gets more than its rate, and memory stays within the cap.
TEST(CappedBuckets, NoKeyEverPassesMoreThanItsRateHoweverManyThereAre) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 40; ++round) {
    auto limit = quota({{6, 16s}}, 1 + random() % 6);
    const bool is_pace = round % 2 == 1;
    if (is_pace) limit.burst = 6;
    auto buckets = std::make_unique<Buckets>();
    buckets->retain({limit}, kStart);
    std::map<std::string, std::deque<std::pair<Steady, std::uint64_t>>> sent;
    struct Open {
      ReservationId id;
      std::string key;
      std::uint64_t amount;
    };
    std::vector<Open> open;
    Steady now = kStart;
    for (int step = 0; step < 3000; ++step) {
      now += std::chrono::milliseconds(random() % (round % 4 < 2 ? 300 : 3000));
      const auto dice = random() % 100;
      if (dice < 60) {
        const std::string key = key_of(static_cast<int>(random() % (random() % 2 == 0 ? 3 : 20)));
        const std::uint64_t amount = 1 + random() % 3;
        const std::vector<Charge> charges = {{&limit, key, amount}};
        const bool judged = buckets->judge(charges, now).has_value();
        const auto reserved = buckets->reserve(charges, now);
        ASSERT_EQ(judged, reserved.has_value());
        if (reserved) open.push_back({reserved->id, key, amount});
      } else if (dice < 97 && !open.empty()) {
        const Open one = open[random() % open.size()];
        std::erase_if(open, [&](const Open& other) { return other.id == one.id; });
        if (random() % 4 > 0) {
          buckets->commit(one.id, now);
          sent[one.key].emplace_back(now, one.amount);
        } else {
          buckets->release(one.id, now);
        }
      } else if (dice == 98) {
        limit.max_keys = 1 + random() % limit.max_keys;  // a higher cap forgives
        buckets->retain({limit}, now);
      } else if (dice == 99) {
        buckets->begin_round();
        const std::string saved = buckets->take_round(~std::size_t{0}, now).bytes;
        buckets = std::make_unique<Buckets>();
        ASSERT_TRUE(buckets->add(saved, now, now));
        buckets->retain({limit}, now);
        open.clear();
      }
      for (auto& [key, log] : sent) {
        // A pace lets its burst pass and then as much as drains.
        const std::uint64_t most = is_pace ? 12 : 6;
        while (!log.empty() && log.front().first < now - 16s) log.pop_front();
        std::uint64_t sum = 0;
        for (const auto& [at, amount] : log) sum += amount;
        ASSERT_LE(sum, most) << key << " round " << round << " step " << step;
      }
      const std::size_t shared = buckets->key_counts().front().shared ? 1 : 0;
      ASSERT_LE(buckets->size(), 6 + shared);
    }
  }
}

}  // namespace
}  // namespace signpost::policy::limits
