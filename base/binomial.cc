// The probability of a single number of hits is computed as Loader does ("Fast and Accurate Computation of Binomial
// Probabilities", 2000), which loses no digits to large factorials; a tail is the sum of such terms away from the mean.
#include "base/binomial.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace signpost::base {
namespace {

constexpr std::uint64_t kMostTrials = 1ull << 30;
constexpr double kEnough = 1e-18;  // a term that small beside the sum changes nothing any more
constexpr int kHalvings = 60;

/// ln(n!) less Stirling's approximation of it, for n > 0.
double stirling_error(double n) {
  if (n < 16) {
    double factorial = 1;  // exact up to 18!
    for (int i = 2; i <= static_cast<int>(n); ++i) factorial *= i;
    return std::log(factorial) - 0.5 * std::log(2 * std::numbers::pi * n) - n * std::log(n) + n;
  }
  constexpr std::array<double, 5> kSeries = {1.0 / 12, 1.0 / 360, 1.0 / 1260, 1.0 / 1680, 1.0 / 1188};
  const double square = n * n;
  return (kSeries[0] -
          (kSeries[1] - (kSeries[2] - (kSeries[3] - kSeries[4] / square) / square) / square) / square) /
         n;
}

/// x ln(x / mean) + mean - x, without the loss of digits where both are near.
double deviance(double x, double mean) {
  if (std::abs(x - mean) >= 0.1 * (x + mean)) return x * std::log(x / mean) + mean - x;
  const double v = (x - mean) / (x + mean);
  double sum = (x - mean) * v;
  double power = 2 * x * v;
  for (int i = 1; i < 1000; ++i) {
    power *= v * v;
    const double next = sum + power / (2 * i + 1);
    if (next == sum) break;
    sum = next;
  }
  return sum;
}

/// The probability of exactly `hits`. The share is between 0 and 1, both excluded.
double probability(double hits, double trials, double share) {
  if (hits == 0) return std::exp(trials * std::log1p(-share));
  if (hits == trials) return std::exp(trials * std::log(share));
  const double misses = trials - hits;
  const double exponent = stirling_error(trials) - stirling_error(hits) - stirling_error(misses) -
                          deviance(hits, trials * share) - deviance(misses, trials * (1 - share));
  return std::exp(exponent) * std::sqrt(trials / (2 * std::numbers::pi * hits * misses));
}

/// Of at least `hits`, which are above the mean: the terms fall.
double upper_tail(double hits, double trials, double share) {
  double term = probability(hits, trials, share);
  double sum = term;
  const double odds = share / (1 - share);
  for (double k = hits; k < trials && term > sum * kEnough; ++k) {
    term *= (trials - k) / (k + 1) * odds;
    sum += term;
  }
  return std::min(sum, 1.0);
}

/// Both numbers small enough to sum over; hits are rounded to the side that `up` says.
Counted scaled(const Counted& counted, bool up) {
  Counted small{std::min(counted.hits, counted.trials), counted.trials};
  while (small.trials > kMostTrials) {
    small.hits = small.hits / 2 + (up ? small.hits % 2 : 0);
    small.trials /= 2;
  }
  small.hits = std::min(small.hits, small.trials);
  return small;
}

/// Where `is_beyond` changes from false to true between 0 and 1.
template <class Test>
double bisect(Test is_beyond) {
  double low = 0;
  double high = 1;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (is_beyond(middle) ? high : low) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

double probability_of_at_least(const Counted& counted, double share) {
  const Counted small = scaled(counted, false);
  if (small.hits == 0 || share >= 1) return 1;
  if (share <= 0) return 0;
  const auto hits = static_cast<double>(small.hits);
  const auto trials = static_cast<double>(small.trials);
  if (hits > trials * share) return upper_tail(hits, trials, share);
  return 1 - upper_tail(trials - hits + 1, trials, 1 - share);
}

double probability_of_at_most(const Counted& counted, double share) {
  const Counted small = scaled(counted, true);
  return probability_of_at_least({small.trials - small.hits, small.trials}, 1 - share);
}

bool is_surely_above(const Counted& counted, double limit, double alpha) {
  return counted.trials > 0 && probability_of_at_least(counted, limit) < alpha;
}

bool is_surely_below(const Counted& counted, double limit, double alpha) {
  return counted.trials > 0 && probability_of_at_most(counted, limit) < alpha;
}

double lower_bound(const Counted& counted, double alpha) {
  if (counted.hits == 0 || counted.trials == 0) return 0;
  return bisect([&](double share) { return probability_of_at_least(counted, share) > alpha; });
}

double upper_bound(const Counted& counted, double alpha) {
  if (counted.hits >= counted.trials) return 1;
  return bisect([&](double share) { return probability_of_at_most(counted, share) < alpha; });
}

}  // namespace signpost::base
