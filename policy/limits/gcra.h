// A pace: the generic cell rate algorithm (ITU-T I.371) in its leaky-bucket spelling. What was charged fills
// the bucket, which empties at the rate; a charge passes if it fits under the burst. Knows the arithmetic of
// one rate only; policy/limits/buckets does the rest.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "policy/settings.h"

namespace signpost::policy::limits {

/// Exact: the level is kept in units of (amount x window) in 128 bits, of which `count` drain each
/// nanosecond, so nothing is rounded however rate and window divide. A changed count applies from the next
/// call on. A burst below one counts as one.
class Gcra {
 public:
  __extension__ typedef unsigned __int128 Level;

  void add(std::uint64_t amount, const Rate& rate, base::Steady now);
  /// Tokens missing from the burst, rounded up.
  std::uint64_t used(const Rate& rate, base::Steady now) const;
  /// How long until `amount` fits, zero if it does now. `reserved` counts as used at this moment. An amount
  /// above the burst fits when the bucket is empty; a count of zero never admits anything (the answer is then
  /// the window).
  std::chrono::nanoseconds wait(const Rate& rate, std::uint64_t burst, std::uint64_t reserved,
                                std::uint64_t amount, base::Steady now) const;

  /// For saving: the level at that moment. restore() makes it the level at `at`.
  Level level(const Rate& rate, base::Steady now) const;
  void restore(Level level, base::Steady at);

 private:
  Level last_level() const { return Level{high_} << 64 | low_; }
  void set(Level level, base::Steady at);

  // The level in two words: a Level would align every bucket to 16 bytes.
  std::uint64_t high_ = 0;
  std::uint64_t low_ = 0;
  base::Steady at_{};  ///< when the level was that
};

}  // namespace signpost::policy::limits
