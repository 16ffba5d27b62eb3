// What is remembered of hits, and for how long.
#include "daemon/ingest/bursts.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "track/token.h"

namespace signpost::daemon::ingest {
namespace {

using std::chrono::milliseconds;

constexpr base::Wall kSent{std::chrono::hours(480000)};

std::string message(std::uint8_t number) {
  return base::format_ulid(kSent, {number});
}

TEST(Bursts, EndWithAPause) {
  Bursts bursts;
  const auto take = [&](std::uint16_t link, milliseconds at) {
    return bursts.take(message(1), {kSent + at, false, link, {}},
                       {{1, "c", 0, store::Counted::click, link}, {}});
  };
  const milliseconds start = std::chrono::hours(2);
  EXPECT_FALSE(take(0, start).is_program);
  EXPECT_FALSE(take(1, start + milliseconds(10)).is_program);
  const BurstVerdict third = take(2, start + milliseconds(20));
  EXPECT_TRUE(third.is_program);
  ASSERT_EQ(third.earlier.size(), 2u);
  EXPECT_EQ(third.earlier[1].first.counter.link, 1);
  EXPECT_EQ(third.earlier[1].second, 1u);
  const BurstVerdict fourth = take(3, start + milliseconds(1400));
  EXPECT_TRUE(fourth.is_program);
  EXPECT_TRUE(fourth.earlier.empty()) << "they were counted otherwise already";
  EXPECT_FALSE(take(0, start + milliseconds(1400) + track::kBurstGap + milliseconds(1)).is_program);
}

TEST(Bursts, CountWhatIsFetchedAgain) {
  Bursts bursts;
  const milliseconds start = std::chrono::hours(2);
  const auto take = [&](std::uint16_t link, milliseconds at) {
    return bursts.take(message(1), {kSent + start + at, false, link, {}},
                       {{1, "c", 0, store::Counted::click, link}, {}});
  };
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(take(0, milliseconds(i)).is_program);
  const BurstVerdict trap = take(track::kTrapLink, milliseconds(101));
  EXPECT_TRUE(trap.is_program);
  ASSERT_EQ(trap.earlier.size(), 1u);
  EXPECT_EQ(trap.earlier[0].second, 100u);
}

TEST(Bursts, RememberBoundedly) {
  Bursts bursts;
  for (std::size_t i = 0; i < Bursts::kMaxMessages + 10; ++i) {
    std::array<std::uint8_t, 10> entropy{};
    entropy[0] = static_cast<std::uint8_t>(i);
    entropy[1] = static_cast<std::uint8_t>(i >> 8);
    (void)bursts.take(base::format_ulid(kSent, entropy), {kSent, false, 0, {}}, {});
  }
  EXPECT_LE(bursts.size(), Bursts::kMaxMessages);
  EXPECT_GE(bursts.size(), Bursts::kMaxMessages - 1);
  // What has ended is forgotten when something else comes.
  (void)bursts.take(message(1), {kSent + track::kBurstGap + milliseconds(1), false, 1, {}}, {});
  EXPECT_EQ(bursts.size(), 1u);
  bursts.clear();
  EXPECT_EQ(bursts.size(), 0u);
}

}  // namespace
}  // namespace signpost::daemon::ingest
