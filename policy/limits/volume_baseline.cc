#include "policy/limits/volume_baseline.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace signpost::policy::limits {
namespace {

constexpr double kCodesPerDoubling = 2048;
constexpr double kOtherDay = 0.5;
constexpr std::uint16_t kLargestCode = std::numeric_limits<std::uint16_t>::max();

}  // namespace

double Level::decode(std::uint16_t code) {
  return code == 0 ? 0 : std::exp2(code / kCodesPerDoubling) - 1;
}

std::uint16_t Level::encode(double value) {
  if (!(value > 0)) return 0;
  const double code = std::round(std::log2(1 + value) * kCodesPerDoubling);
  return static_cast<std::uint16_t>(std::min<double>(code, kLargestCode));
}

void Level::learn(double value, double weight) {
  if (value == 0 && mean_ == 0 && spread_ == 0) return;
  const double before = mean();
  const double off = value - before;
  const double variance = (1 - weight) * (spread() * spread() + weight * off * off);
  mean_ = encode(before + weight * off);
  // Rounding may leave a little less than nothing.
  spread_ = encode(std::sqrt(std::max(variance, 0.0)));
}

void Level::write(base::ByteWriter& out) const {
  out.number(mean_);
  out.number(spread_);
}

std::optional<Level> Level::read(base::ByteReader& in) {
  const std::uint64_t mean = in.number();
  const std::uint64_t spread = in.number();
  if (!in.ok() || mean > kLargestCode || spread > kLargestCode) return std::nullopt;
  Level level;
  level.mean_ = static_cast<std::uint16_t>(mean);
  level.spread_ = static_cast<std::uint16_t>(spread);
  return level;
}

double Baseline::usual_hour(std::size_t hour) const {
  double usual = 0;
  for (std::size_t day = 0; day < kDaysOfWeek; ++day) {
    const double part = day == 0 ? 1 : kOtherDay;
    for (const std::size_t near : {kHoursOfWeek - 1, kHoursOfWeek, kHoursOfWeek + 1})
      usual = std::max(usual, part * hours_[(hour + day * kHoursOfDay + near) % kHoursOfWeek].usual());
  }
  return usual;
}

double Baseline::usual_day(std::size_t day) const {
  double usual = 0;
  for (std::size_t other = 0; other < kDaysOfWeek; ++other)
    usual = std::max(usual, (other == day ? 1 : kOtherDay) * days_[other].usual());
  return usual;
}

void Baseline::write(base::ByteWriter& out) const {
  for (const Level& level : hours_) level.write(out);
  for (const Level& level : days_) level.write(out);
}

std::optional<Baseline> Baseline::read(base::ByteReader& in) {
  Baseline baseline;
  const auto read_all = [&in](auto& levels) {
    return std::all_of(levels.begin(), levels.end(), [&in](Level& level) {
      const auto read = Level::read(in);
      if (read) level = *read;
      return read.has_value();
    });
  };
  if (!read_all(baseline.hours_) || !read_all(baseline.days_)) return std::nullopt;
  return baseline;
}

}  // namespace signpost::policy::limits
