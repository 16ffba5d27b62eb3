#include "policy/limits/bucket.h"

#include <algorithm>

namespace signpost::policy::limits {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kLongestWindow = std::chrono::hours(24 * 366 * 10);
constexpr std::uint64_t kMaxRates = 64;
constexpr std::uint8_t kQuota = 1;
constexpr std::uint8_t kPace = 2;

std::variant<Window, Gcra> empty_state(const Rate& rate, bool pace) {
  if (pace) return Gcra{};
  return Window{rate.window};
}

}  // namespace

Meter::Meter(const Rate& rate, std::optional<std::uint64_t> burst)
    : rate_(rate), burst_(burst), state_(empty_state(rate, burst.has_value())) {}

bool Meter::can_follow(const Rate& rate, std::optional<std::uint64_t> burst) const {
  return rate_.window == rate.window && burst_.has_value() == burst.has_value();
}

void Meter::follow(const Rate& rate, std::optional<std::uint64_t> burst) {
  rate_ = rate;
  burst_ = burst;
}

void Meter::add(std::uint64_t amount, base::Steady now) {
  if (auto* window = std::get_if<Window>(&state_)) return window->add(amount, now);
  std::get<Gcra>(state_).add(amount, rate_, now);
}

std::uint64_t Meter::used(base::Steady now) const {
  if (const auto* window = std::get_if<Window>(&state_)) return window->used(now);
  return std::get<Gcra>(state_).used(rate_, now);
}

std::uint64_t Meter::capacity() const {
  return std::max<std::uint64_t>(1, burst_.value_or(rate_.count));
}

nanoseconds Meter::wait(std::uint64_t reserved, std::uint64_t amount, base::Steady now) const {
  if (const auto* window = std::get_if<Window>(&state_))
    return window->wait(rate_.count, reserved, amount, now);
  return std::get<Gcra>(state_).wait(rate_, *burst_, reserved, amount, now);
}

void Meter::write(base::ByteWriter& out, base::Steady now) const {
  const auto* window = std::get_if<Window>(&state_);
  out.byte(window != nullptr ? kQuota : kPace);
  out.number(rate_.count);
  out.number(static_cast<std::uint64_t>(rate_.window.count()));
  if (window != nullptr) {
    const auto uses = window->uses(now);
    out.number(uses.size());
    for (const Window::Use& use : uses) {
      out.number(static_cast<std::uint64_t>(use.age.count()));
      out.number(use.amount);
    }
  } else {
    const Gcra::Level level = std::get<Gcra>(state_).level(rate_, now);
    out.number(*burst_);
    out.number(static_cast<std::uint64_t>(level >> 64));
    out.number(static_cast<std::uint64_t>(level));
  }
}

std::optional<Meter> Meter::read(base::ByteReader& in, base::Steady saved_at) {
  const std::uint8_t kind = in.byte();
  const std::uint64_t count = in.number();
  const std::uint64_t window = in.number();
  const auto longest = static_cast<std::uint64_t>(kLongestWindow.count());
  if (!in.ok() || window == 0 || window > longest) return std::nullopt;
  const Rate rate{count, nanoseconds{static_cast<std::int64_t>(window)}};
  if (kind == kPace) {
    Meter meter(rate, in.number());
    const Gcra::Level high = in.number();
    meter.state_.emplace<Gcra>().restore(high << 64 | in.number(), saved_at);
    return in.ok() ? std::optional(std::move(meter)) : std::nullopt;
  }
  if (kind != kQuota) return std::nullopt;
  Meter meter(rate, std::nullopt);
  std::uint64_t last_age = longest;
  for (std::uint64_t uses = in.number(); uses > 0 && in.ok(); --uses) {
    const std::uint64_t age = in.number();
    if (age > last_age) return std::nullopt;  // oldest first, as add() needs them
    last_age = age;
    meter.add(in.number(), saved_at - nanoseconds{static_cast<std::int64_t>(age)});
  }
  return in.ok() ? std::optional(std::move(meter)) : std::nullopt;
}

void Bucket::follow(const LimitSettings& settings) {
  const bool same =
      std::equal(meters_.begin(), meters_.end(), settings.rates.begin(), settings.rates.end(),
                 [&](const Meter& meter, const Rate& rate) { return meter.is(rate, settings.burst); });
  if (same) return;
  std::vector<Meter> next;
  next.reserve(settings.rates.size());
  for (const Rate& rate : settings.rates) {
    const auto known = std::find_if(meters_.begin(), meters_.end(), [&](const Meter& meter) {
      return meter.can_follow(rate, settings.burst);
    });
    if (known == meters_.end()) {
      next.emplace_back(rate, settings.burst);
    } else {
      next.push_back(*known);
      next.back().follow(rate, settings.burst);
    }
  }
  meters_ = std::move(next);
}

void Bucket::inherit(const Bucket& shared) {
  meters_ = shared.meters_;
  provisional_ = true;
}

nanoseconds Bucket::wait(std::uint64_t amount, base::Steady now) const {
  nanoseconds longest{0};
  for (const Meter& meter : meters_) longest = std::max(longest, meter.wait(reserved_, amount, now));
  return longest;
}

void Bucket::reserve(std::uint64_t amount) {
  reserved_ = saturating_add(reserved_, amount);
  ++holders_;
}

void Bucket::release(std::uint64_t amount) {
  reserved_ -= std::min(reserved_, amount);
  if (holders_ > 0) --holders_;
}

void Bucket::commit(std::uint64_t amount, base::Steady now) {
  release(amount);
  for (Meter& meter : meters_) meter.add(amount, now);
  provisional_ = false;
}

void Bucket::clear() {
  for (Meter& meter : meters_) meter.clear();
}

void Bucket::take_use(Bucket&& other) {
  meters_ = std::move(other.meters_);
  provisional_ = false;
}

bool Bucket::is_unused(base::Steady now) const {
  return std::all_of(meters_.begin(), meters_.end(),
                     [&](const Meter& meter) { return meter.used(now) == 0; });
}

std::vector<std::uint64_t> Bucket::used(base::Steady now) const {
  std::vector<std::uint64_t> used;
  used.reserve(meters_.size());
  for (const Meter& meter : meters_) used.push_back(saturating_add(meter.used(now), reserved_));
  return used;
}

double Bucket::fullness(base::Steady now) const {
  double fullest = 0;
  for (const Meter& meter : meters_) {
    const auto used = static_cast<double>(saturating_add(meter.used(now), reserved_));
    fullest = std::max(fullest, used / static_cast<double>(meter.capacity()));
  }
  return fullest;
}

void Bucket::write(base::ByteWriter& out, base::Steady now) const {
  out.number(meters_.size());
  for (const Meter& meter : meters_) meter.write(out, now);
}

std::optional<Bucket> Bucket::read(base::ByteReader& in, base::Steady saved_at) {
  const std::uint64_t rates = in.number();
  if (!in.ok() || rates > kMaxRates) return std::nullopt;
  Bucket bucket;
  bucket.meters_.reserve(rates);
  for (std::uint64_t i = 0; i < rates; ++i) {
    auto meter = Meter::read(in, saved_at);
    if (!meter) return std::nullopt;
    bucket.meters_.push_back(std::move(*meter));
  }
  return bucket;
}

}  // namespace signpost::policy::limits
