// The steps of a warm-up as the configuration names them: how much mail a day each allows. When a key goes up or down is
// policy/limits/warmup.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace signpost::policy::limits {

/// Daily volumes, each above the one before; made by make_ladder and grow_ladder, else it may break that rule.
struct WarmupLadder {
  std::vector<std::uint64_t> steps;
  bool operator==(const WarmupLadder&) const = default;
};

inline constexpr std::size_t kMaxWarmupSteps = 100;
/// Fewer messages a day prove nothing within a week (policy/limits/warmup): such a step would never be left.
inline constexpr std::uint64_t kMinWarmupVolume = 20;
inline constexpr std::uint64_t kMaxWarmupVolume = 1'000'000'000;

/// One step: "50", "20k", "1M". Error `invalid` for anything else, and below kMinWarmupVolume or above kMaxWarmupVolume; it
/// says what is expected.
base::Result<std::uint64_t> parse_warmup_step(std::string_view text);

/// The ladder of `warmup = ["50", "100", "500"]`. Error `invalid` if it is empty, has too many steps or falls: it names the
/// step, counted from 1.
base::Result<WarmupLadder> make_ladder(std::vector<std::uint64_t> steps);

/// `warmup = { from = 50, factor = 1.5, to = 20000 }`
struct WarmupGrowth {
  std::uint64_t from = 0;
  std::uint64_t factor_percent = 0;  ///< 150: each step is half again as large
  std::uint64_t to = 0;
};
/// "1.5", "2", "1.25": the factor in percent. Error `invalid` below 1.05 and above 10, and with more than two decimals.
base::Result<std::uint64_t> parse_warmup_factor(std::string_view text);
/// From `from` by the factor, rounded down but growing always; the last step is `to`. Error `invalid` if that is no ladder.
base::Result<WarmupLadder> grow_ladder(const WarmupGrowth& growth);

}  // namespace signpost::policy::limits
