// What is normal for one number of one key: a mean and a spread for each hour of the week and each day of it, which fade. What
// is compared with it, and what is learned, is decided by policy/limits/volume_guard.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace signpost::policy::limits {

inline constexpr std::size_t kHoursOfDay = 24;
inline constexpr std::size_t kDaysOfWeek = 7;
inline constexpr std::size_t kHoursOfWeek = kHoursOfDay * kDaysOfWeek;

/// A mean and a standard deviation in four bytes: exact to 0.02 %, up to 4 * 10^9.
class Level {
 public:
  double mean() const { return decode(mean_); }
  double spread() const { return decode(spread_); }
  /// What is not unusual: the mean and the spread together. Something that happens now and then is in the spread.
  double usual() const { return mean() + spread(); }
  /// One more observation, with this weight; those before have the rest.
  void learn(double value, double weight);

  void write(base::ByteWriter& out) const;
  static std::optional<Level> read(base::ByteReader& in);
  bool operator==(const Level&) const = default;

 private:
  static double decode(std::uint16_t code);
  static std::uint16_t encode(double value);
  std::uint16_t mean_ = 0;
  std::uint16_t spread_ = 0;
};

/// 700 bytes.
class Baseline {
 public:
  /// Requires hour < kHoursOfWeek; the days of a week begin with hour 0.
  void learn_hour(std::size_t hour, double value, double weight) { hours_[hour].learn(value, weight); }
  void learn_day(std::size_t day, double value, double weight) { days_[day].learn(value, weight); }
  void clear() { *this = {}; }

  /// What is usual at that hour: the most that is at it or the hour before or after, and half of what is at those of another
  /// day (people do on Saturday what they did not get done on Friday, and clocks change).
  double usual_hour(std::size_t hour) const;
  /// What is usual on that day of the week, or half of what is on another.
  double usual_day(std::size_t day) const;

  void write(base::ByteWriter& out) const;
  /// Nullopt if it does not fit.
  static std::optional<Baseline> read(base::ByteReader& in);
  bool operator==(const Baseline&) const = default;

 private:
  std::array<Level, kHoursOfWeek> hours_{};
  std::array<Level, kDaysOfWeek> days_{};
};

}  // namespace signpost::policy::limits
