// What has to be saved: only what changed; everything once in a round; and nothing that was forgotten comes back.
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "policy/limits/bucket_records.h"
#include "policy/limits/buckets.h"

namespace signpost::policy::limits {
namespace {

using base::Steady;
using namespace std::chrono_literals;
using Names = std::multiset<std::string>;

constexpr Steady kStart{10h};
constexpr std::size_t kAll = ~std::size_t{0};

LimitSettings quota(const char* name, std::vector<Rate> rates) {
  LimitSettings limit;
  limit.name = name;
  limit.rates = std::move(rates);
  return limit;
}
bool charge(Buckets& buckets, const LimitSettings& limit, const std::string& key, Steady now) {
  const auto reserved = buckets.reserve({{&limit, key, 1}}, now);
  if (reserved) buckets.commit(reserved->id, now);
  return reserved.has_value();
}
/// "limit key" of each record; "-" before what is forgotten.
Names names_in(const std::string& bytes) {
  Names names;
  const auto read = read_records(bytes, kStart, [&](const BucketRecord& record) {
    names.insert((record.bucket ? "" : "-") + record.limit + " " + record.key.value_or("*"));
  });
  EXPECT_TRUE(read);
  return names;
}

TEST(BucketsSaving, OnlyWhatChangedIsGiven) {
  const auto limit = quota("l", {{20, 1h}});
  Buckets buckets;
  EXPECT_EQ(buckets.take_changes(kAll, kStart).records, 0U);
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(charge(buckets, limit, "k" + std::to_string(i), kStart));
  EXPECT_EQ(buckets.take_changes(kAll, kStart).records, 100'000U);
  EXPECT_EQ(buckets.take_changes(kAll, kStart).records, 0U);

  ASSERT_TRUE(charge(buckets, limit, "k777", kStart));
  ASSERT_TRUE(charge(buckets, limit, "k777", kStart));
  const Buckets::Part part = buckets.take_changes(kAll, kStart);
  EXPECT_EQ(part.records, 1U);
  EXPECT_LT(part.bytes.size(), 100U);
  EXPECT_EQ(names_in(part.bytes), Names{"l k777"});

  const auto asked = buckets.reserve({{&limit, "k5", 1}}, kStart);
  buckets.release(asked->id, kStart);
  EXPECT_FALSE(buckets.reserve({{&limit, "k5", 20}}, kStart));
  EXPECT_EQ(buckets.take_changes(kAll, kStart).records, 0U) << "reservations are not saved";
}

TEST(BucketsSaving, PartsAreBounded) {
  const auto limit = quota("l", {{20, 1h}});
  const auto other = quota("other", {{20, 1h}});
  Buckets buckets;
  for (int i = 0; i < 25; ++i) {
    ASSERT_TRUE(charge(buckets, limit, std::to_string(i), kStart));
    ASSERT_TRUE(charge(buckets, other, std::to_string(i), kStart));
  }
  std::size_t records = 0;
  for (int calls = 1;; ++calls) {
    const Buckets::Part part = buckets.take_changes(10, kStart);
    EXPECT_LE(part.records, 10U);
    records += part.records;
    if (!part.more) break;
    ASSERT_LT(calls, 7);
  }
  EXPECT_EQ(records, 50U);
}

TEST(BucketsSaving, ARoundGivesEveryBucketOnceThatWasNotGivenSince) {
  const auto limit = quota("l", {{20, 1h}});
  Buckets buckets;
  for (const char* key : {"a", "b", "c", "d"}) ASSERT_TRUE(charge(buckets, limit, key, kStart));
  (void)buckets.take_changes(kAll, kStart);
  buckets.begin_round();
  ASSERT_TRUE(charge(buckets, limit, "b", kStart));
  EXPECT_EQ(names_in(buckets.take_changes(kAll, kStart).bytes), Names{"l b"});
  Names given;
  for (bool more = true; more;) {
    const Buckets::Part part = buckets.take_round(1, kStart);
    EXPECT_LE(part.records, 1U);
    given.merge(names_in(part.bytes));
    more = part.more;
  }
  EXPECT_EQ(given, (Names{"l a", "l c", "l d"}));
  buckets.begin_round();
  EXPECT_EQ(buckets.take_round(kAll, kStart).records, 4U);
  buckets.begin_round();
  EXPECT_EQ(buckets.take_round(kAll, kStart + 2h).records, 0U) << "nothing is used any more";
}

TEST(BucketsSaving, WhatWasForgottenDoesNotComeBack) {
  const auto limit = quota("l", {{20, 1h}});
  const auto gone = quota("gone", {{20, 1h}});
  Buckets buckets;
  for (const char* key : {"a", "b", "c"}) ASSERT_TRUE(charge(buckets, limit, key, kStart));
  ASSERT_TRUE(charge(buckets, gone, "a", kStart));
  std::vector<std::string> saved = {buckets.take_changes(kAll, kStart).bytes};

  EXPECT_EQ(buckets.reset("l", "a", kStart), 1U);
  buckets.retain({limit}, kStart);
  saved.push_back(buckets.take_changes(kAll, kStart).bytes);
  EXPECT_EQ(names_in(saved.back()), (Names{"-l a", "-gone *"}));
  Buckets next;
  for (const std::string& part : saved) ASSERT_TRUE(next.add(part, kStart, kStart));
  EXPECT_EQ(next.size(), 2U);

  EXPECT_EQ(buckets.reset("l", "", kStart), 2U);
  ASSERT_TRUE(charge(buckets, limit, "c", kStart));
  saved.push_back(buckets.take_changes(kAll, kStart).bytes);
  Buckets last;
  for (const std::string& part : saved) ASSERT_TRUE(last.add(part, kStart, kStart));
  EXPECT_EQ(last.size(), 1U);
  EXPECT_EQ(last.peek("l", "c", kStart)->used.front(), 1U);
}

/// Random use, resets and drops; parts in the order in which they were given hold what is in memory.
TEST(BucketsSaving, PartsTogetherAreTheState) {
  std::mt19937_64 random(13);
  const auto limit = quota("l", {{50, 10s}});
  for (int round = 0; round < 50; ++round) {
    Buckets buckets;
    std::vector<std::pair<std::string, Steady>> parts;
    std::size_t needed_from = 0;
    std::size_t begun_at = 0;
    Steady now = kStart;
    for (int step = 0; step < 300; ++step) {
      now += std::chrono::milliseconds(random() % 200);
      const std::string key = "k" + std::to_string(random() % 30);
      const auto dice = random() % 100;
      if (dice < 60) {
        (void)charge(buckets, limit, key, now);
      } else if (dice < 70) {
        (void)buckets.reset("l", dice == 69 ? "" : key, now);
      } else if (dice < 75) {
        buckets.sweep(5, now);
      } else if (dice < 80) {
        begun_at = parts.size();
        buckets.begin_round();
      } else if (dice < 90) {
        const Buckets::Part part = buckets.take_round(7, now);
        parts.emplace_back(part.bytes, now);
        // A copy that is complete makes superfluous what was saved before it began.
        if (!part.more) needed_from = begun_at;
      } else {
        parts.emplace_back(buckets.take_changes(kAll, now).bytes, now);
      }
    }
    parts.emplace_back(buckets.take_changes(kAll, now).bytes, now);
    Buckets next;
    for (std::size_t i = needed_from; i < parts.size(); ++i)
      ASSERT_TRUE(next.add(parts[i].first, parts[i].second, now));
    const auto here = buckets.list("", kAll, now);
    const auto there = next.list("", kAll, now);
    ASSERT_EQ(here.size(), there.size()) << round;
    for (const BucketState& bucket : here) {
      const auto found = next.peek("l", bucket.key, now);
      ASSERT_TRUE(found) << bucket.key;
      EXPECT_EQ(found->used, bucket.used) << bucket.key;
    }
  }
}

}  // namespace
}  // namespace signpost::policy::limits
