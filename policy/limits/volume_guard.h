// Does a key suddenly send what it never sent? The guard of one key counts this hour and this day, and compares them with what
// was usual at that hour of the week; it learns from each hour that it does not object to. What an alarm leads to, how
// many keys there are and when they are saved is decided by whoever calls it.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/clock.h"
#include "policy/limits/fan_out.h"
#include "policy/limits/volume_baseline.h"

namespace signpost::policy::limits {

enum class GuardMeasure { volume, fan_out };
enum class GuardSpan { hour, day };
/// "volume", "fan-out"
const char* guard_measure_word(GuardMeasure measure);
/// "hour", "day"
const char* guard_span_word(GuardSpan span);

/// From where on something is unusual: above the floor, and above `factor` times what is usual.
struct GuardBound {
  double factor;
  std::uint64_t floor;
};

struct GuardRule {
  GuardBound hour_volume{4, 200};
  GuardBound hour_fan_out{4, 100};
  GuardBound day_volume{3, 1000};
  GuardBound day_fan_out{3, 500};
  std::chrono::hours learning = std::chrono::days(14);   ///< no alarm for so long after the first mail
  std::chrono::hours half_life = std::chrono::days(28);  ///< of what was learned
};

/// What is wrong. `factor` is how often `seen` holds what was expected, at least one.
struct GuardAlarm {
  GuardMeasure measure = GuardMeasure::volume;
  GuardSpan span = GuardSpan::hour;
  double expected = 0;
  std::uint64_t seen = 0;
  double factor = 0;
};

/// A value, without a lock: some 1,800 bytes in memory, whatever is sent. Hours and days are those of UTC.
///
/// From an alarm on, the hour, the rest of the day and the day itself teach nothing, so going on does not make it usual; nor
/// does it ever become so by itself.
/// Limitation: what stays below every bound is learned, so patient growth is not noticed (docs/limits.md tells how much);
/// what is sent in the time of learning is usual.
class VolumeGuard {
 public:
  /// What write makes is never longer.
  static constexpr std::size_t kMaxBytes = 2500;

  explicit VolumeGuard(base::Wall now);

  /// Counts one recipient of a message that went out, or an amount at once. `recipient` is a keyed hash (policy/limits/fan_out) of
  /// what is to be counted once: the address, or its domain. Returns the alarm in force.
  std::optional<GuardAlarm> add(const GuardRule& rule, base::Wall now, std::uint64_t recipient,
                                std::uint64_t amount = 1);
  /// The alarm in force now: it lasts to the end of the hour (the day). The first of: hour's volume, hour's fan-out, day's
  /// volume, day's fan-out.
  std::optional<GuardAlarm> alarm(const GuardRule& rule, base::Wall now) const;

  /// A person says that what raised alarms is right. So much is usual from now on, at every hour, fading with the half-life
  /// while the baseline learns it. Without an alarm since the last time it changes nothing.
  void acknowledge(const GuardRule& rule, base::Wall now);

  bool is_learning(const GuardRule& rule, base::Wall now) const;

  void write(base::ByteWriter& out) const;
  /// Nullopt if it does not fit.
  static std::optional<VolumeGuard> read(base::ByteReader& in);

 private:
  static constexpr std::size_t kBounds = 4;  ///< as in GuardRule
  using Expected = std::array<double, kBounds>;
  struct Counts {
    std::uint64_t volume = 0;
    FanOut fan_out;
  };
  VolumeGuard() = default;
  void turn_to(const GuardRule& rule, std::int64_t hour);
  void close_hour(const GuardRule& rule);
  void close_day(const GuardRule& rule);
  double weight(const GuardRule& rule) const;
  double granted(std::size_t bound, const GuardRule& rule) const;
  Expected expect(const GuardRule& rule) const;
  std::array<std::uint64_t, kBounds> seen() const;
  std::optional<GuardAlarm> judge(const GuardRule& rule, const Expected& expected) const;

  std::int64_t hour_ = 0;   ///< the hour that is counted, from 1970
  std::int64_t began_ = 0;  ///< the first that was
  Counts this_hour_;
  Counts today_;
  bool alarmed_ = false;  ///< today, and not acknowledged
  Baseline volume_;
  Baseline fan_out_;
  std::array<std::uint64_t, kBounds>
      alarming_{};                                ///< the most that was seen under an alarm, not acknowledged
  std::array<std::uint64_t, kBounds> granted_{};  ///< acknowledged
  std::int64_t granted_at_ = 0;                   ///< in which hour
  std::optional<Expected> expected_;              ///< of hour_, once it is known; not saved
};

}  // namespace signpost::policy::limits
