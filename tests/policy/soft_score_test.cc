// Scores of soft bounces: they fade, one a day counts, and an address that was reached begins anew once nothing came back for days.
#include "policy/soft_score.h"

#include <gtest/gtest.h>

namespace signpost::policy {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr base::Wall kStart{hours(24 * 20'000)};
const SoftRule kRule;

TEST(SoftScore, FourDaysInARowAreEnough) {
  std::optional<SoftScore> score;
  for (int day = 0; day < 4; ++day) {
    EXPECT_FALSE(score && is_due(*score, kRule)) << day;
    score = add_soft_bounce(score, kStart + days(day), kRule);
    score = add_soft_bounce(score, kStart + days(day) + hours(3), kRule);
  }
  EXPECT_TRUE(is_due(*score, kRule));
}

TEST(SoftScore, AfterAProvenSuccessItBeginsAnew) {
  const SoftScore three{3000, kStart};
  const SoftScore reached = note_reached(three, kStart + days(1));
  EXPECT_EQ(add_soft_bounce(reached, kStart + days(8), kRule), (SoftScore{1000, kStart + days(8)}));
  EXPECT_EQ(note_reached(reached, kStart + days(5)), reached) << "the first counts";
}

TEST(SoftScore, WhatARelayTookProvesNothing) {
  const SoftScore reached = note_reached({3000, kStart}, kStart + days(1));
  const SoftScore after = add_soft_bounce(reached, kStart + days(3), kRule);
  EXPECT_GT(after.thousandths, 3000u);
  EXPECT_FALSE(after.reached);
  EXPECT_FALSE(add_soft_bounce(reached, kStart + hours(20), kRule).reached);
}

TEST(SoftScore, AnOlderDeliveryIsNoSuccess) {
  EXPECT_FALSE(note_reached({3000, kStart}, kStart - hours(1)).reached);
}

}  // namespace
}  // namespace signpost::policy
