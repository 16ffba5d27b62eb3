#include "policy/limits/volume_guard.h"

#include <algorithm>
#include <cmath>

#include "policy/limits/window.h"

namespace signpost::policy::limits {
namespace {

using std::chrono::hours;

constexpr std::uint64_t kMostSeen = 1'000'000'000'000'000;  // 10^15: sums of it stay far from overflow
constexpr std::int64_t kFurthestHour = 24'000'000;          // from 1970, either way
constexpr auto kWeek = static_cast<std::int64_t>(kHoursOfWeek);
constexpr auto kDay = static_cast<std::int64_t>(kHoursOfDay);
/// After so long without mail nothing is usual any more; bounds the work of one call.
constexpr std::int64_t kForgotten = 26 * kWeek;

struct BoundRow {
  GuardMeasure measure;
  GuardSpan span;
  GuardBound GuardRule::*bound;
};
constexpr std::array<BoundRow, 4> kRows = {{
    {GuardMeasure::volume, GuardSpan::hour, &GuardRule::hour_volume},
    {GuardMeasure::fan_out, GuardSpan::hour, &GuardRule::hour_fan_out},
    {GuardMeasure::volume, GuardSpan::day, &GuardRule::day_volume},
    {GuardMeasure::fan_out, GuardSpan::day, &GuardRule::day_fan_out},
}};

std::int64_t hour_of(base::Wall now) {
  const std::int64_t hour = std::chrono::floor<hours>(now).time_since_epoch().count();
  return std::clamp(hour, -kFurthestHour, kFurthestHour);
}

/// The remainder, never negative.
std::size_t modulo(std::int64_t number, std::int64_t by) {
  return static_cast<std::size_t>((number % by + by) % by);
}

/// From 1970, rounded down.
std::int64_t day_of(std::int64_t hour) {
  return (hour - static_cast<std::int64_t>(modulo(hour, kDay))) / kDay;
}

double ratio(std::uint64_t seen, double expected) {
  return static_cast<double>(seen) / std::max(expected, 1.0);
}

}  // namespace

const char* guard_measure_word(GuardMeasure measure) {
  return measure == GuardMeasure::volume ? "volume" : "fan-out";
}

const char* guard_span_word(GuardSpan span) {
  return span == GuardSpan::hour ? "hour" : "day";
}

VolumeGuard::VolumeGuard(base::Wall now) : hour_(hour_of(now)), began_(hour_), granted_at_(hour_) {}

std::optional<GuardAlarm> VolumeGuard::add(const GuardRule& rule, base::Wall now, std::uint64_t recipient,
                                           std::uint64_t amount) {
  turn_to(rule, hour_of(now));
  for (Counts* counts : {&this_hour_, &today_}) {
    counts->volume = std::min(saturating_add(counts->volume, amount), kMostSeen);
    counts->fan_out.add(recipient);
  }
  if (!expected_) expected_ = expect(rule);
  const auto alarm = judge(rule, *expected_);
  if (!alarm) return alarm;
  alarmed_ = true;
  const auto now_seen = seen();
  for (std::size_t i = 0; i < kBounds; ++i) alarming_[i] = std::max(alarming_[i], now_seen[i]);
  return alarm;
}

std::optional<GuardAlarm> VolumeGuard::alarm(const GuardRule& rule, base::Wall now) const {
  const std::int64_t hour = hour_of(now);
  if (hour <= hour_) return judge(rule, expected_ ? *expected_ : expect(rule));
  if (day_of(hour) != day_of(hour_)) return std::nullopt;  // nothing was sent on that day yet
  VolumeGuard then = *this;
  then.turn_to(rule, hour);
  return then.judge(rule, then.expect(rule));
}

void VolumeGuard::acknowledge(const GuardRule& rule, base::Wall now) {
  turn_to(rule, hour_of(now));
  if (alarming_ == std::array<std::uint64_t, kBounds>{}) return;
  for (std::size_t i = 0; i < kBounds; ++i)
    granted_[i] = std::max(static_cast<std::uint64_t>(granted(i, rule)), alarming_[i]);
  granted_at_ = hour_;
  alarming_ = {};
  alarmed_ = false;
  expected_.reset();
}

bool VolumeGuard::is_learning(const GuardRule& rule, base::Wall now) const {
  return hour_of(now) - began_ < rule.learning.count();
}

void VolumeGuard::turn_to(const GuardRule& rule, std::int64_t hour) {
  if (hour == hour_ || (hour < hour_ && hour_ - hour <= kDay)) return;
  expected_.reset();
  const bool is_wrong = hour < hour_;  // the clock was: go on here
  if (is_wrong) {
    began_ = std::min(began_, hour);
    granted_at_ = std::min(granted_at_, hour);
  }
  const bool is_forgotten = hour - hour_ > kForgotten;
  if (is_forgotten) {
    volume_.clear();
    fan_out_.clear();
  }
  if (is_wrong || is_forgotten) {
    hour_ = hour;
    this_hour_ = {};
    today_ = {};
    alarmed_ = false;
  }
  for (; hour_ < hour; ++hour_) {
    close_hour(rule);
    if (modulo(hour_ + 1, kDay) == 0) close_day(rule);
  }
}

void VolumeGuard::close_hour(const GuardRule& rule) {
  if (!alarmed_) {
    const std::size_t slot = modulo(hour_, kWeek);
    volume_.learn_hour(slot, static_cast<double>(this_hour_.volume), weight(rule));
    fan_out_.learn_hour(slot, static_cast<double>(this_hour_.fan_out.count()), weight(rule));
  }
  this_hour_ = {};
}

void VolumeGuard::close_day(const GuardRule& rule) {
  if (!alarmed_) {
    const std::size_t day = modulo(hour_, kWeek) / kHoursOfDay;
    volume_.learn_day(day, static_cast<double>(today_.volume), weight(rule));
    fan_out_.learn_day(day, static_cast<double>(today_.fan_out.count()), weight(rule));
  }
  today_ = {};
  alarmed_ = false;
}

/// Each hour of the week is met once a week: the first weeks count alike, later ones fade.
double VolumeGuard::weight(const GuardRule& rule) const {
  const auto weeks = static_cast<double>((hour_ - began_) / kWeek + 1);
  const double half_lives =
      static_cast<double>(kWeek) / static_cast<double>(std::max<std::int64_t>(1, rule.half_life.count()));
  return std::max(1 / weeks, 1 - std::exp2(-half_lives));
}

double VolumeGuard::granted(std::size_t bound, const GuardRule& rule) const {
  const double half_lives = static_cast<double>(hour_ - granted_at_) /
                            static_cast<double>(std::max<std::int64_t>(1, rule.half_life.count()));
  return static_cast<double>(granted_[bound]) * std::exp2(-half_lives);
}

VolumeGuard::Expected VolumeGuard::expect(const GuardRule& rule) const {
  const std::size_t slot = modulo(hour_, kWeek);
  const std::size_t day = slot / kHoursOfDay;
  Expected expected = {volume_.usual_hour(slot), fan_out_.usual_hour(slot), volume_.usual_day(day),
                       fan_out_.usual_day(day)};
  for (std::size_t i = 0; i < kBounds; ++i) expected[i] = std::max(expected[i], granted(i, rule));
  return expected;
}

std::array<std::uint64_t, VolumeGuard::kBounds> VolumeGuard::seen() const {
  return {this_hour_.volume, this_hour_.fan_out.count(), today_.volume, today_.fan_out.count()};
}

std::optional<GuardAlarm> VolumeGuard::judge(const GuardRule& rule, const Expected& expected) const {
  if (hour_ - began_ < rule.learning.count()) return std::nullopt;
  const auto now_seen = seen();
  for (std::size_t i = 0; i < kBounds; ++i) {
    const GuardBound& bound = rule.*kRows[i].bound;
    if (now_seen[i] <= bound.floor || static_cast<double>(now_seen[i]) <= bound.factor * expected[i])
      continue;
    return GuardAlarm{kRows[i].measure, kRows[i].span, expected[i], now_seen[i],
                      ratio(now_seen[i], expected[i])};
  }
  return std::nullopt;
}

void VolumeGuard::write(base::ByteWriter& out) const {
  out.signed_number(hour_);
  out.signed_number(began_);
  for (const Counts* counts : {&this_hour_, &today_}) {
    out.number(counts->volume);
    counts->fan_out.write(out);
  }
  out.byte(alarmed_ ? 1 : 0);
  volume_.write(out);
  fan_out_.write(out);
  for (const std::uint64_t count : alarming_) out.number(count);
  for (const std::uint64_t count : granted_) out.number(count);
  out.signed_number(granted_at_);
}

std::optional<VolumeGuard> VolumeGuard::read(base::ByteReader& in) {
  VolumeGuard guard;
  guard.hour_ = in.signed_number();
  guard.began_ = in.signed_number();
  bool fits = true;
  for (Counts* counts : {&guard.this_hour_, &guard.today_}) {
    counts->volume = in.number();
    const auto fan_out = FanOut::read(in);
    if (!fan_out) return std::nullopt;
    counts->fan_out = *fan_out;
    fits = fits && counts->volume <= kMostSeen;
  }
  const std::uint8_t alarmed = in.byte();
  guard.alarmed_ = alarmed == 1;
  fits = fits && alarmed <= 1;
  const auto volume = Baseline::read(in);
  const auto fan_out = Baseline::read(in);
  if (!volume || !fan_out) return std::nullopt;
  guard.volume_ = *volume;
  guard.fan_out_ = *fan_out;
  for (auto* counts : {&guard.alarming_, &guard.granted_}) {
    for (std::uint64_t& count : *counts) {
      count = in.number();
      fits = fits && count <= kMostSeen;
    }
  }
  guard.granted_at_ = in.signed_number();
  fits = fits && guard.hour_ <= kFurthestHour && guard.began_ >= -kFurthestHour &&
         guard.began_ <= guard.hour_ && guard.granted_at_ >= guard.began_ && guard.granted_at_ <= guard.hour_;
  return fits && in.ok() ? std::optional(guard) : std::nullopt;
}

}  // namespace signpost::policy::limits
