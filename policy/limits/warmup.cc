#include "policy/limits/warmup.h"

#include <algorithm>
#include <cmath>

#include "policy/limits/window.h"

namespace signpost::policy::limits {
namespace {

using std::chrono::days;

constexpr std::uint64_t kFull = ~std::uint64_t{0};
constexpr std::uint64_t kMostResults = 1'000'000'000'000'000;  // 10^15: sums of it stay far from overflow
constexpr std::int64_t kFurthestDay = 1'000'000;               // from 1970, either way
constexpr int kLooksAhead = 400;                               // days; as long as the longest wait and more

void add_to(std::uint64_t& sum, std::uint64_t amount) {
  sum = std::min(saturating_add(sum, amount), kMostResults);
}

bool is_high(const base::Counted& counted, double limit) {
  return counted.trials > 0 &&
         static_cast<double>(counted.hits) >= limit * static_cast<double>(counted.trials);
}

/// Clamps; else a step that is too large would be used up by no day.
std::uint64_t enough(std::uint64_t volume, double use) {
  const double share = std::clamp(use, 0.0, 1.0);
  return std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(volume) - 1e-9)));
}

void write_day(base::ByteWriter& out, Day day) {
  out.signed_number(day.time_since_epoch().count());
}

std::optional<Day> read_day(base::ByteReader& in) {
  const std::int64_t count = in.signed_number();
  if (!in.ok() || count > kFurthestDay || count < -kFurthestDay) return std::nullopt;
  return Day(days(static_cast<int>(count)));
}

/// False if one is not there or too large.
template <class... Counts>
bool read_counts(base::ByteReader& in, Counts&... counts) {
  ((counts = in.number()), ...);
  return in.ok() && ((counts <= kMostResults) && ...);
}

}  // namespace

const char* warmup_hold_word(WarmupHold hold) {
  switch (hold) {
    case WarmupHold::none:
      return "none";
    case WarmupHold::full:
      return "full";
    case WarmupHold::use:
      return "use";
    case WarmupHold::wait:
      return "wait";
    case WarmupHold::refusals:
      return "refusals";
    case WarmupHold::deferrals:
      return "deferrals";
    case WarmupHold::evidence:
      return "evidence";
    case WarmupHold::fallen:
      return "fallen";
  }
  return "none";
}

bool Warmup::add(const WarmupLadder& ladder, const WarmupRule& rule, Day today, const DayResults& results) {
  const std::size_t before = index(ladder);
  turn_to(ladder, rule, today);
  add_to(results_.sent, results.sent);
  add_to(results_.delivered, results.delivered);
  add_to(results_.bounced, results.bounced);
  add_to(results_.deferred, results.deferred);
  add_to(results_.blocked, results.blocked);
  add_to(results_.greylisted, results.greylisted);
  if (!fell_ && is_failing(rule)) fall(ladder, rule);
  return index(ladder) != before;
}

std::optional<std::uint64_t> Warmup::allowance(const WarmupLadder& ladder, const WarmupRule& rule,
                                               Day today) const {
  const std::size_t step = today == today_ ? index(ladder) : turned(ladder, rule, today).index(ladder);
  return step < ladder.steps.size() ? std::optional(ladder.steps[step]) : std::nullopt;
}

std::optional<Rate> Warmup::rate(const WarmupLadder& ladder, const WarmupRule& rule, Day today) const {
  const auto count = allowance(ladder, rule, today);
  return count ? std::optional(Rate{*count, days(1)}) : std::nullopt;
}

WarmupStatus Warmup::explain(const WarmupLadder& ladder, const WarmupRule& rule, Day today) const {
  const Warmup now = turned(ladder, rule, today);
  WarmupStatus status;
  status.step = now.index(ladder) + 1;
  status.steps = ladder.steps.size();
  status.allowance = now.allowance(ladder, rule, now.today_);
  status.used = now.results_.sent;
  status.refusals = now.refusals();
  status.deferrals = now.deferrals();
  status.hold = now.hold(ladder, rule);
  status.earliest = now.earliest(ladder, rule);
  return status;
}

std::size_t Warmup::index(const WarmupLadder& ladder) const {
  if (volume_ == kFull) return ladder.steps.size();
  const auto above = std::upper_bound(ladder.steps.begin(), ladder.steps.end(), volume_);
  return above == ladder.steps.begin() ? 0 : static_cast<std::size_t>(above - ladder.steps.begin()) - 1;
}

Warmup Warmup::turned(const WarmupLadder& ladder, const WarmupRule& rule, Day today) const {
  Warmup copy = *this;
  copy.turn_to(ladder, rule, today);
  return copy;
}

void Warmup::turn_to(const WarmupLadder& ladder, const WarmupRule& rule, Day today) {
  if (today == today_ || today == today_ - days(1)) return;
  if (today < today_) {
    today_ = today;
    last_mail_ = std::min(last_mail_, today);
    return;
  }
  close_day(ladder, rule);
  today_ = today;
  cool_down(ladder, rule);
}

void Warmup::close_day(const WarmupLadder& ladder, const WarmupRule& rule) {
  const bool goes_up = hold(ladder, rule) == WarmupHold::none;
  const bool counts = !fell_ && is_used(ladder, rule);
  if (results_.sent > 0) last_mail_ = today_;
  if (counts && used_days_ < 255) ++used_days_;
  keep_results();
  results_ = {};
  fell_ = false;
  if (!goes_up) return;
  stand_on(ladder, index(ladder) + 1);
  wait_ = std::max<std::uint8_t>(1, wait_ / 2);
}

void Warmup::keep_results() {
  const Evidence today{results_.delivered, results_.bounced, results_.deferred, results_.blocked};
  if (results_.sent == 0 && today == Evidence{}) return;
  if (results_.sent == 0 && kept_ > 0) {  // late results are not a day of their own
    Evidence& last = days_[kept_ - 1];
    add_to(last.delivered, today.delivered);
    add_to(last.bounced, today.bounced);
    add_to(last.deferred, today.deferred);
    add_to(last.blocked, today.blocked);
    return;
  }
  if (kept_ == kDays) {
    std::rotate(days_.begin(), days_.begin() + 1, days_.end());
    --kept_;
  }
  days_[kept_++] = today;
}

void Warmup::cool_down(const WarmupLadder& ladder, const WarmupRule& rule) {
  if (rule.cold <= days(0)) return;
  const auto lost = (today_ - last_mail_) / rule.cold;
  if (lost <= 0) return;
  last_mail_ += lost * rule.cold;
  const std::size_t step = index(ladder);
  stand_on(ladder, step - std::min(step, static_cast<std::size_t>(lost)));
  wait_ = 1;
}

void Warmup::fall(const WarmupLadder& ladder, const WarmupRule& rule) {
  const std::size_t step = index(ladder);
  stand_on(ladder, step > 0 ? step - 1 : 0);
  wait_ = static_cast<std::uint8_t>(std::min(wait_ * 4, std::clamp(rule.max_wait, 1, 60)));
  results_ = {.sent = results_.sent};
  fell_ = true;
}

void Warmup::stand_on(const WarmupLadder& ladder, std::size_t step) {
  volume_ = step < ladder.steps.size() ? ladder.steps[step] : kFull;
  used_days_ = 0;
  kept_ = 0;
  days_ = {};
}

bool Warmup::is_used(const WarmupLadder& ladder, const WarmupRule& rule) const {
  const std::size_t step = index(ladder);
  return results_.sent >= (step < ladder.steps.size() ? enough(ladder.steps[step], rule.use) : 1);
}

bool Warmup::is_over() const {
  return volume_ == kFull && used_days_ >= kDays;
}

bool Warmup::is_failing(const WarmupRule& rule) const {
  return !is_over() && (base::is_surely_above(refusals(), rule.down_refusals, rule.down_alpha) ||
                        base::is_surely_above(deferrals(), rule.down_deferrals, rule.down_alpha));
}

WarmupHold Warmup::hold(const WarmupLadder& ladder, const WarmupRule& rule) const {
  if (index(ladder) == ladder.steps.size()) return WarmupHold::full;
  if (fell_) return WarmupHold::fallen;
  if (is_high(refusals(), rule.up_refusals)) return WarmupHold::refusals;
  if (is_high(deferrals(), rule.up_deferrals)) return WarmupHold::deferrals;
  if (used_days_ + 1 < wait_) return WarmupHold::wait;
  if (!is_used(ladder, rule)) return WarmupHold::use;
  const bool proved = base::is_surely_below(refusals(), rule.up_refusals, rule.up_alpha) &&
                      base::is_surely_below(deferrals(), rule.up_deferrals, rule.up_alpha);
  return proved ? WarmupHold::none : WarmupHold::evidence;
}

Warmup::Evidence Warmup::evidence() const {
  Evidence sum{results_.delivered, results_.bounced, results_.deferred, results_.blocked};
  for (std::size_t i = 0; i < kept_; ++i) {
    add_to(sum.delivered, days_[i].delivered);
    add_to(sum.bounced, days_[i].bounced);
    add_to(sum.deferred, days_[i].deferred);
    add_to(sum.blocked, days_[i].blocked);
  }
  return sum;
}

base::Counted Warmup::refusals() const {
  const Evidence sum = evidence();
  const std::uint64_t refused = sum.bounced + sum.blocked;
  return {refused, refused + sum.delivered};
}

base::Counted Warmup::deferrals() const {
  const Evidence sum = evidence();
  const std::uint64_t put_off = sum.deferred + sum.blocked;
  return {put_off, put_off + sum.bounced + sum.delivered};
}

std::optional<Day> Warmup::earliest(const WarmupLadder& ladder, const WarmupRule& rule) const {
  Warmup best = *this;
  const std::size_t start = best.index(ladder);
  if (start == ladder.steps.size()) return std::nullopt;
  for (int i = 0; i < kLooksAhead; ++i) {
    const std::uint64_t volume = ladder.steps[best.index(ladder)];
    const std::uint64_t left = volume - std::min(volume, best.results_.sent);
    best.add(ladder, rule, best.today_, {.sent = left, .delivered = left});
    best.turn_to(ladder, rule, best.today_ + days(1));
    if (best.index(ladder) > start) return best.today_;
  }
  return std::nullopt;
}

void Warmup::write(base::ByteWriter& out) const {
  out.number(volume_);
  write_day(out, today_);
  write_day(out, last_mail_);
  for (const std::uint64_t count : {results_.sent, results_.delivered, results_.bounced, results_.deferred,
                                    results_.blocked, results_.greylisted})
    out.number(count);
  out.byte(fell_ ? 1 : 0);
  out.byte(wait_);
  out.byte(used_days_);
  out.byte(kept_);
  for (std::size_t i = 0; i < kept_; ++i) {
    for (const std::uint64_t count :
         {days_[i].delivered, days_[i].bounced, days_[i].deferred, days_[i].blocked})
      out.number(count);
  }
}

std::optional<Warmup> Warmup::read(base::ByteReader& in) {
  const std::uint64_t volume = in.number();
  const auto today = read_day(in);
  const auto last_mail = read_day(in);
  if (!today || !last_mail || *last_mail > *today) return std::nullopt;
  if (volume == 0 || (volume > kMaxWarmupVolume && volume != kFull)) return std::nullopt;
  Warmup warmup(*today);
  warmup.volume_ = volume;
  warmup.last_mail_ = *last_mail;
  DayResults& results = warmup.results_;
  if (!read_counts(in, results.sent, results.delivered, results.bounced, results.deferred, results.blocked,
                   results.greylisted))
    return std::nullopt;
  const std::uint8_t fell = in.byte();
  warmup.fell_ = fell == 1;
  warmup.wait_ = in.byte();
  warmup.used_days_ = in.byte();
  warmup.kept_ = in.byte();
  if (fell > 1 || warmup.wait_ == 0 || warmup.wait_ > 60 || warmup.kept_ > kDays) return std::nullopt;
  for (std::size_t i = 0; i < warmup.kept_; ++i) {
    Evidence& day = warmup.days_[i];
    if (!read_counts(in, day.delivered, day.bounced, day.deferred, day.blocked)) return std::nullopt;
  }
  return in.ok() ? std::optional(warmup) : std::nullopt;
}

}  // namespace signpost::policy::limits
