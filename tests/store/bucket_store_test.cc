// The limits' state over a restart: parts appended to files, copies that replace them, moments placed on the new
// timeline.
#include "store/bucket_store.h"

#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "policy/limits/buckets.h"
#include "tests/support/workplace.h"

namespace signpost::store {
namespace {

using namespace std::chrono_literals;
using Parts = std::vector<std::pair<std::string, base::Steady>>;
constexpr base::Wall kWall{1'800'000'000'000ms};
constexpr base::Steady kNow{100h};

struct Loaded {
  Parts parts;
  std::string problem;
};
Loaded load(BucketStore& store, base::Wall wall, base::Steady now, std::chrono::nanoseconds window = 1h) {
  Loaded loaded;
  loaded.problem = store.load(wall, now, window, [&](std::string_view part, base::Steady at) {
    loaded.parts.emplace_back(part, at);
    return base::Result<void>{};
  });
  return loaded;
}
void save(BucketStore& store, std::string_view part, base::Wall wall, base::Steady now) {
  ASSERT_TRUE(store.append(part, wall, now));
  ASSERT_TRUE(store.sync());
}

TEST(BucketStore, WhatWasSavedComesBackWithItsMoment) {
  const tests::TempDir directory;
  {
    BucketStore store(directory.path());
    const Loaded none = load(store, kWall, kNow);
    EXPECT_TRUE(none.parts.empty());
    EXPECT_EQ(none.problem, "");
    ASSERT_TRUE(store.begin_copy());
    save(store, "first", kWall, kNow);
    save(store, std::string("sec\0nd", 6), kWall + 10s, kNow + 10s);
  }
  BucketStore store(directory.path());
  const base::Steady here{1h};  // the machine was started again
  const Loaded loaded = load(store, kWall + 15s, here);
  EXPECT_EQ(loaded.problem, "");
  EXPECT_EQ(loaded.parts, (Parts{{"first", here - 15s}, {std::string("sec\0nd", 6), here - 5s}}));
  struct stat status {};
  ASSERT_EQ(::stat((directory.path() + "/limits.1").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST(BucketStore, TheTimelineGoesOnOverRestarts) {
  const tests::TempDir directory;
  base::Wall wall = kWall;
  Parts expected;
  for (int start = 0; start < 4; ++start) {
    base::Steady now{start * 7h};
    BucketStore store(directory.path());
    Loaded loaded = load(store, wall, now, 24h);
    for (std::size_t i = 0; i < loaded.parts.size(); ++i) {
      EXPECT_EQ(loaded.parts[i].first, std::to_string(i));
      EXPECT_EQ(now - loaded.parts[i].second, (loaded.parts.size() - i) * 5min);
    }
    EXPECT_EQ(loaded.parts.size(), static_cast<std::size_t>(start));
    ASSERT_TRUE(store.begin_copy());
    save(store, std::to_string(start), wall, now);
    wall += 5min;
  }
}

TEST(BucketStore, AJumpOfTheWallClockWhileItRunsChangesNothing) {
  const tests::TempDir directory;
  {
    BucketStore store(directory.path());
    (void)load(store, kWall, kNow);
    ASSERT_TRUE(store.begin_copy());
    save(store, "before", kWall, kNow);
    save(store, "after", kWall + 24h, kNow + 1min);
  }
  BucketStore store(directory.path());
  const Loaded loaded = load(store, kWall + 24h + 1min, kNow + 2min);
  EXPECT_EQ(loaded.parts, (Parts{{"before", kNow}, {"after", kNow + 1min}}));
}

TEST(BucketStore, ACopyReplacesTheFilesBeforeIt) {
  const tests::TempDir directory;
  BucketStore store(directory.path());
  EXPECT_TRUE(store.needs_copy());
  ASSERT_TRUE(store.begin_copy());
  EXPECT_FALSE(store.needs_copy());
  const std::string part(100'000, 'x');
  for (int i = 0; i < 30; ++i) save(store, part, kWall, kNow);
  EXPECT_FALSE(store.needs_copy()) << "one is being made";
  store.end_copy();
  for (int i = 0; i < 29; ++i) save(store, part, kWall, kNow);
  EXPECT_FALSE(store.needs_copy()) << "not twice as much yet";
  for (int i = 0; i < 3; ++i) save(store, part, kWall, kNow);
  EXPECT_TRUE(store.needs_copy());
  ASSERT_TRUE(store.begin_copy());
  save(store, "all", kWall, kNow);
  {
    BucketStore killed(directory.path());
    EXPECT_EQ(load(killed, kWall, kNow).parts.size(), 63U) << "both files count until the copy is complete";
  }
  store.end_copy();
  BucketStore next(directory.path());
  EXPECT_EQ(load(next, kWall, kNow).parts, (Parts{{"all", kNow}}));
}

TEST(BucketStore, AnErrorAsksForACopyInTheSameFile) {
  const tests::TempDir directory;
  BucketStore store(directory.path());
  EXPECT_FALSE(store.append("x", kWall, kNow)) << "no file is open";
  ASSERT_TRUE(store.begin_copy());
  save(store, "kept", kWall, kNow);
  store.end_copy();
  BucketStore next(directory.path());
  EXPECT_EQ(load(next, kWall, kNow).parts, (Parts{{"kept", kNow}}));
  const tests::TempDir other;
  BucketStore gone(other.path() + "/sub");
  EXPECT_NE(load(gone, kWall, kNow).problem, "");
  EXPECT_EQ(gone.begin_copy().error().kind, base::ErrorKind::not_found);
  EXPECT_TRUE(gone.needs_copy());
}

TEST(BucketStore, NoDamageIsTakenForState) {
  const std::string good = format_saved_head() + format_saved_part({kWall, kNow, "some state", 0}) +
                           format_saved_part({kWall, kNow + 1s, "more", 0});
  const SavedParts whole = parse_saved_parts(good);
  ASSERT_EQ(whole.parts.size(), 2U);
  EXPECT_EQ(whole.damage, "");
  EXPECT_EQ(whole.parts[1].bytes, "more");
  EXPECT_EQ(whole.parts[1].moment, kNow + 1s);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string flipped = good;
    flipped[i] = static_cast<char>(flipped[i] ^ 4);
    for (const std::string& bad : {flipped, good.substr(0, i)}) {
      const SavedParts saved = parse_saved_parts(bad);
      ASSERT_LT(saved.parts.size(), 2U) << i;
      if (!saved.parts.empty()) {
        EXPECT_EQ(saved.parts[0].bytes, "some state");
      }
    }
    EXPECT_EQ(parse_saved_parts(good.substr(0, i)).damage, "") << "what a kill leaves";
  }
}

TEST(BucketStore, AJumpedClockCountsAsNothingOrOneWindow) {
  EXPECT_EQ(steady_of(kWall, kWall + 5s, kNow, 1h), kNow - 5s);
  EXPECT_EQ(steady_of(kWall, kWall - 24h, kNow, 1h), kNow);
  EXPECT_EQ(steady_of(kWall, kWall + 24h, kNow, 1h), kNow - 1h);
  EXPECT_EQ(steady_of(base::Wall::min(), kWall, kNow, 1h), kNow - 1h);
  EXPECT_EQ(steady_of(base::Wall::max(), kWall, kNow, 1h), kNow);
}

TEST(BucketStore, AQuotaSurvivesARestart) {
  const tests::TempDir directory;
  policy::LimitSettings limit;
  limit.name = "l";
  limit.rates = {{3, 1h}};
  const std::vector<policy::limits::Charge> all = {{&limit, "k", 3}};
  {
    BucketStore store(directory.path());
    ASSERT_TRUE(store.begin_copy());
    policy::limits::Buckets buckets;
    buckets.commit(buckets.reserve(all, base::Steady{50h})->id, base::Steady{50h});
    save(store, buckets.take_changes(100, base::Steady{50h}).bytes, kWall, base::Steady{50h});
  }
  BucketStore store(directory.path());
  policy::limits::Buckets buckets;
  const base::Steady now{1min};  // the machine was started again
  const std::string problem =
      store.load(kWall + 30min, now, 1h, [&](std::string_view part, base::Steady saved_at) {
        return buckets.add(part, saved_at, now).map([](std::size_t) {});
      });
  EXPECT_EQ(problem, "");
  EXPECT_FALSE(buckets.reserve(all, now));
  EXPECT_TRUE(buckets.reserve(all, now + 35min));
}

}  // namespace
}  // namespace signpost::store
