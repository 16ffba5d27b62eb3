// Binomial tails against a naive sum in long double, against values computed with 60 decimal digits, and the bounds
// against what they promise.
#include "base/binomial.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace signpost::base {
namespace {

/// The probabilities of 0 to `trials` hits, one trial after the other.
std::vector<long double> naive(std::uint64_t trials, long double share) {
  std::vector<long double> of(trials + 1, 0);
  of[0] = 1;
  for (std::uint64_t done = 0; done < trials; ++done) {
    for (std::uint64_t hits = done + 1; hits > 0; --hits)
      of[hits] = of[hits] * (1 - share) + of[hits - 1] * share;
    of[0] *= 1 - share;
  }
  return of;
}

void expect_near(double value, long double right, const char* what, std::uint64_t hits, std::uint64_t trials,
                 double share) {
  EXPECT_NEAR(value / static_cast<double>(right), 1, 1e-9)
      << what << " " << hits << " of " << trials << " at " << share;
}

TEST(Binomial, AgreesWithTheSumOfAllCases) {
  for (const std::uint64_t trials : {1, 2, 3, 10, 15, 16, 17, 33, 100, 250}) {
    for (const double share : {0.0001, 0.01, 0.05, 0.3, 0.5, 0.77, 0.99}) {
      const auto of = naive(trials, share);
      for (std::uint64_t hits = 0; hits <= trials; ++hits) {
        long double least = 0;
        for (std::uint64_t k = trials + 1; k-- > hits;) least += of[k];
        long double most = 0;
        for (std::uint64_t k = 0; k <= hits; ++k) most += of[k];
        if (least > 1e-290L)
          expect_near(probability_of_at_least({hits, trials}, share), least, "at least", hits, trials, share);
        if (most > 1e-290L)
          expect_near(probability_of_at_most({hits, trials}, share), most, "at most", hits, trials, share);
      }
    }
  }
}

TEST(Binomial, IsExactForManyTrials) {
  struct Row {
    std::uint64_t hits, trials;
    double share, right;
  };
  constexpr Row kRows[] = {
      {5200, 50000, 0.1, 1.5449027109804e-03},   {600, 50000, 0.01, 7.0120551917942e-06},
      {130, 100000, 0.001, 2.2712638657808e-03}, {51500, 200000, 0.25, 5.8894940783915e-15},
      {9, 10, 0.5, 1.0742187500000e-02},         {1100, 10000, 0.1, 5.2994173555679e-04},
  };
  for (const Row& row : kRows)
    expect_near(probability_of_at_least({row.hits, row.trials}, row.share), row.right, "at least", row.hits,
                row.trials, row.share);
}

TEST(Binomial, KnowsTheEnds) {
  EXPECT_EQ(probability_of_at_least({0, 10}, 0.3), 1);
  EXPECT_EQ(probability_of_at_least({0, 0}, 0.3), 1);
  EXPECT_EQ(probability_of_at_least({1, 10}, 0), 0);
  EXPECT_EQ(probability_of_at_least({10, 10}, 1), 1);
  EXPECT_EQ(probability_of_at_most({10, 10}, 0.3), 1);
  EXPECT_EQ(probability_of_at_most({9, 10}, 1), 0);
  EXPECT_EQ(probability_of_at_most({0, 10}, 0), 1);
  EXPECT_EQ(probability_of_at_least({20, 10}, 0.5), probability_of_at_least({10, 10}, 0.5))
      << "more hits than trials count as all";
}

TEST(Binomial, ProvesNothingWithoutATrial) {
  EXPECT_FALSE(is_surely_above({0, 0}, 0, 0.5));
  EXPECT_FALSE(is_surely_below({0, 0}, 1, 0.5));
  EXPECT_EQ(lower_bound({0, 0}, 0.05), 0);
  EXPECT_EQ(upper_bound({0, 0}, 0.05), 1);
}

// The smallest number of hits that proves a share above the limit at alpha 0.01, from tables of the binomial distribution.
TEST(Binomial, ProvesAboveFromTheHitOfTheTables) {
  struct Row {
    double limit;
    std::uint64_t trials, hits;
  };
  constexpr Row kRows[] = {{0.05, 100, 12},   {0.05, 200, 19},   {0.05, 500, 38},   {0.05, 1000, 68},
                           {0.05, 2000, 124}, {0.05, 5000, 287}, {0.10, 100, 19},   {0.10, 500, 67},
                           {0.10, 1000, 124}, {0.001, 500, 4},   {0.001, 2000, 7},  {0.001, 10000, 19},
                           {0.003, 500, 6},   {0.003, 5000, 26}, {0.003, 10000, 44}};
  for (const Row& row : kRows) {
    EXPECT_TRUE(is_surely_above({row.hits, row.trials}, row.limit, 0.01)) << row.limit << " " << row.trials;
    EXPECT_FALSE(is_surely_above({row.hits - 1, row.trials}, row.limit, 0.01))
        << row.limit << " " << row.trials;
  }
}

TEST(Binomial, ProvesBelowByTheRuleOfThree) {
  EXPECT_TRUE(is_surely_below({0, 59}, 0.05, 0.05));
  EXPECT_FALSE(is_surely_below({0, 58}, 0.05, 0.05));
  EXPECT_TRUE(is_surely_below({0, 299}, 0.01, 0.05));
  EXPECT_FALSE(is_surely_below({0, 298}, 0.01, 0.05));
}

TEST(Binomial, BoundsAreWhereTheTestsTurn) {
  for (const std::uint64_t trials : {1, 7, 50, 1000, 30000}) {
    for (std::uint64_t hits = 0; hits <= trials; hits += 1 + trials / 13) {
      for (const double alpha : {0.05, 0.001}) {
        const double low = lower_bound({hits, trials}, alpha);
        const double high = upper_bound({hits, trials}, alpha);
        const double ratio = static_cast<double>(hits) / static_cast<double>(trials);
        EXPECT_LE(low, ratio);
        EXPECT_GE(high, ratio);
        if (hits > 0) {
          EXPECT_TRUE(is_surely_above({hits, trials}, low * 0.9999, alpha));
          EXPECT_FALSE(is_surely_above({hits, trials}, low * 1.0001, alpha));
        }
        if (hits < trials) {
          EXPECT_TRUE(is_surely_below({hits, trials}, 1 - (1 - high) * 0.9999, alpha));
          EXPECT_FALSE(is_surely_below({hits, trials}, 1 - (1 - high) * 1.0001, alpha));
        }
      }
    }
  }
}

TEST(Binomial, TakesNumbersOfAnySize) {
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  EXPECT_TRUE(is_surely_above({kMost / 10, kMost}, 0.09, 0.001));
  EXPECT_FALSE(is_surely_above({kMost / 10, kMost}, 0.11, 0.001));
  EXPECT_TRUE(is_surely_below({kMost / 10, kMost}, 0.11, 0.001));
  EXPECT_FALSE(is_surely_above({1, kMost}, 0.5, 0.5));
  EXPECT_TRUE(is_surely_above({kMost, kMost}, 0.999, 0.001));
}

}  // namespace
}  // namespace signpost::base
