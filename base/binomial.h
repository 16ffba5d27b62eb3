// What a count of hits proves about the share behind it: the exact one-sided bounds of Clopper and Pearson (1934), from the
// binomial tail itself. A ratio of small counts says little, and a normal approximation says too much.
#pragma once

#include <cstdint>

namespace signpost::base {

/// `hits` of `trials`; more hits than trials count as all.
struct Counted {
  std::uint64_t hits = 0;
  std::uint64_t trials = 0;
  bool operator==(const Counted&) const = default;
};

/// The probability of at least so many hits, each trial being one with probability `share`. Relative error below 10^-9 where
/// it is above 10^-300. Takes time by the square root of the trials; beyond 2^30 of them both numbers are scaled down, which
/// makes what they prove a little less.
double probability_of_at_least(const Counted& counted, double share);
/// The same, of at most so many.
double probability_of_at_most(const Counted& counted, double share);

/// True if the lower bound of the share is above `limit`: were the share no higher, so many hits would come with a probability
/// below `alpha`. Never true without a trial.
bool is_surely_above(const Counted& counted, double limit, double alpha);
/// The same with the upper bound, which is below `limit`.
bool is_surely_below(const Counted& counted, double limit, double alpha);

/// The bounds themselves, for people to read; the share is below the lower (above the upper) one with a probability of at most
/// `alpha`. 0 (1) without a trial.
double lower_bound(const Counted& counted, double alpha);
double upper_bound(const Counted& counted, double alpha);

}  // namespace signpost::base
