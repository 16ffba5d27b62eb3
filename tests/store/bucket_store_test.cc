// The limits' state over a restart: one file, replaced at once; a moment placed on the new timeline.
#include "store/bucket_store.h"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "policy/limits/buckets.h"
#include "tests/support/workplace.h"

namespace signpost::store {
namespace {

using namespace std::chrono_literals;
constexpr base::Wall kWall{1'800'000'000'000ms};

TEST(BucketStore, WhatWasSavedComesBackWithItsMoment) {
  const tests::TempDir directory;
  const std::string path = directory.path() + "/limits.state";
  BucketStore store(path);
  EXPECT_EQ(store.load().error().kind, base::ErrorKind::not_found);
  ASSERT_TRUE(store.save("first", kWall));
  ASSERT_TRUE(store.save(std::string("sec\0nd", 6), kWall + 1s));
  const auto loaded = BucketStore(path).load();
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->at, kWall + 1s);
  EXPECT_EQ(loaded->bytes, std::string("sec\0nd", 6));
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST(BucketStore, ADamagedFileIsTold) {
  const std::string good = format_saved_buckets({kWall, "some state"});
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string flipped = good;
    flipped[i] = static_cast<char>(flipped[i] ^ 4);
    for (const std::string& bad : {flipped, good.substr(0, i), good + "x"}) {
      const auto parsed = parse_saved_buckets(bad);
      ASSERT_FALSE(parsed);
      EXPECT_EQ(parsed.error().kind, base::ErrorKind::corrupt);
    }
  }
}

TEST(BucketStore, AFailedSaveLeavesTheFormerFile) {
  const tests::TempDir directory;
  const std::string path = directory.path() + "/sub/limits.state";
  EXPECT_EQ(BucketStore(path).save("x", kWall).error().kind, base::ErrorKind::not_found);
}

TEST(BucketStore, AJumpedClockCountsAsNothingOrOneWindow) {
  const base::Steady now{100h};
  EXPECT_EQ(steady_of(kWall, kWall + 5s, now, 1h), now - 5s);
  EXPECT_EQ(steady_of(kWall, kWall - 24h, now, 1h), now);
  EXPECT_EQ(steady_of(kWall, kWall + 24h, now, 1h), now - 1h);
  EXPECT_EQ(steady_of(base::Wall::min(), kWall, now, 1h), now - 1h);
  EXPECT_EQ(steady_of(base::Wall::max(), kWall, now, 1h), now);
}

TEST(BucketStore, AQuotaSurvivesARestart) {
  const tests::TempDir directory;
  BucketStore store(directory.path() + "/limits.state");
  policy::LimitSettings limit;
  limit.name = "l";
  limit.rates = {{3, 1h}};
  const std::vector<policy::limits::Charge> all = {{&limit, "k", 3}};
  {
    policy::limits::Buckets buckets;
    buckets.commit(buckets.reserve(all, base::Steady{50h})->id, base::Steady{50h});
    ASSERT_TRUE(store.save(buckets.save(base::Steady{50h}), kWall));
  }
  const auto saved = store.load();
  policy::limits::Buckets buckets;
  const base::Steady now{1min};  // the machine was started again
  ASSERT_TRUE(buckets.load(saved->bytes, steady_of(saved->at, kWall + 30min, now, 1h)));
  EXPECT_FALSE(buckets.reserve(all, now));
  EXPECT_TRUE(buckets.reserve(all, now + 35min));
}

}  // namespace
}  // namespace signpost::store
