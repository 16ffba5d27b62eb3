// What tells a program that fetches a message's links from a person who follows them.
#include "track/burst.h"

#include <vector>

#include <gtest/gtest.h>

#include "track/token.h"

namespace signpost::track {
namespace {

using std::chrono::milliseconds;

constexpr base::Wall kSent{std::chrono::hours(480000)};

struct Seen {
  int at;         ///< milliseconds after the first
  int link = -1;  ///< -1: the pixel
  Network network = Network::unknown;
};

int points(const std::vector<Seen>& seen, milliseconds after_sending) {
  std::vector<Fetch> burst;
  for (const Seen& one : seen)
    burst.push_back({kSent + after_sending + milliseconds(one.at), one.link < 0,
                     static_cast<std::uint16_t>(one.link < 0 ? 0 : one.link), one.network});
  return suspicion(burst, kSent);
}

constexpr milliseconds kAtOnce{800};
constexpr milliseconds kLater = std::chrono::hours(5);

TEST(Suspicion, FallsOnWhoFetchesAWholeMessageAtOnce) {
  EXPECT_GE(points({{0}, {15, 0}, {30, 1}, {45, 2}, {60, 3}}, kLater), kSuspicious);
  EXPECT_GE(points({{0, 0}, {20, 1}, {40, 2}}, kLater), kSuspicious);
  // One link after the other, slowly, but before anybody could have read it.
  EXPECT_GE(points({{0, 0}, {700, 1}, {1400, 2}, {2100, 3}, {2800, 4}, {3500, 5}}, kAtOnce), kSuspicious);
  EXPECT_GE(points({{0, 4, Network::hosting}, {300, 5, Network::hosting}}, kAtOnce), kSuspicious);
  // A message with two links only.
  EXPECT_GE(points({{0}, {5, 0}, {10, 1}}, kLater), kSuspicious);
}

TEST(Suspicion, SparesPeople) {
  EXPECT_LT(points({{0, 2}}, kLater), kSuspicious);
  // From a virtual private network.
  EXPECT_LT(points({{0, 2, Network::hosting}}, kAtOnce), kSuspicious);
  // Somebody waits for a link and follows it when it comes.
  EXPECT_LT(points({{0, 2}}, kAtOnce), kSuspicious);
  EXPECT_LT(points({{0}, {300, 2}}, kAtOnce), kSuspicious);
  // A double click, and an impatient person.
  EXPECT_LT(points({{0, 2}, {90, 2}, {180, 2}, {260, 2}, {350, 2}}, kAtOnce), kSuspicious);
  // Several tabs, one after the other.
  EXPECT_LT(points({{0}, {900, 1}, {1150, 2}, {1400, 3}, {1800, 4}}, kLater), kSuspicious);
  // From an office whose browsers all run in a data center.
  EXPECT_LT(points({{0, 1, Network::hosting}, {1200, 2, Network::hosting}}, kLater), kSuspicious);
}

TEST(Suspicion, IsCertainOfWhoFollowsTheLinkThatNoPersonSees) {
  EXPECT_EQ(points({{0, kTrapLink}}, kLater), 100);
  EXPECT_EQ(points({{0, 2}, {1400, kTrapLink}}, kLater), 100);
}

TEST(Suspicion, NeedsALink) {
  EXPECT_EQ(points({{0}, {1}, {2}, {3, -1, Network::hosting}}, kAtOnce), 0);
  EXPECT_EQ(suspicion({}, std::nullopt), 0);
}

TEST(Suspicion, KnowsNothingOfSendingWhereTheMessageHasNoTime) {
  const std::vector<Fetch> burst = {{kSent, false, 1, Network::hosting}};
  EXPECT_LT(suspicion(burst, std::nullopt), kSuspicious);
  // Nor where the clock of one of the two hosts is behind.
  const std::vector<Fetch> two = {{kSent, false, 1}, {kSent + milliseconds(100), false, 2}};
  EXPECT_EQ(suspicion(two, kSent + std::chrono::minutes(3)), suspicion(two, std::nullopt));
  EXPECT_GT(suspicion(two, kSent), suspicion(two, std::nullopt));
}

}  // namespace
}  // namespace signpost::track
