#include "policy/limits/gcra.h"

#include <algorithm>
#include <limits>

namespace signpost::policy::limits {
namespace {

using Level = Gcra::Level;

constexpr Level kHighest = ~Level{0};

Level sum(Level a, Level b) {
  return a > kHighest - b ? kHighest : a + b;
}

Level times(std::uint64_t amount, std::chrono::nanoseconds window) {
  return Level{amount} * static_cast<std::uint64_t>(std::max<std::int64_t>(1, window.count()));
}

/// a / b rounded up, as a duration that does not overflow when added to a time of our age.
std::chrono::nanoseconds time_to_drain(Level level, std::uint64_t count) {
  const Level time = level / count + (level % count != 0 ? 1 : 0);
  constexpr auto longest = std::numeric_limits<std::int64_t>::max() / 4;
  return std::chrono::nanoseconds{time > Level{longest} ? longest : static_cast<std::int64_t>(time)};
}

}  // namespace

Gcra::Level Gcra::level(const Rate& rate, base::Steady now) const {
  const Level last = last_level();
  if (now <= at_) return last;
  const Level drained = Level{static_cast<std::uint64_t>((now - at_).count())} * rate.count;
  return last - std::min(last, drained);
}

void Gcra::add(std::uint64_t amount, const Rate& rate, base::Steady now) {
  set(sum(level(rate, now), times(amount, rate.window)), std::max(at_, now));
}

std::uint64_t Gcra::used(const Rate& rate, base::Steady now) const {
  const Level unit = times(1, rate.window);
  const Level now_level = level(rate, now);
  const Level tokens = now_level / unit + (now_level % unit != 0 ? 1 : 0);
  return tokens > Level{~std::uint64_t{0}} ? ~std::uint64_t{0} : static_cast<std::uint64_t>(tokens);
}

std::chrono::nanoseconds Gcra::wait(const Rate& rate, std::uint64_t burst, std::uint64_t reserved,
                                    std::uint64_t amount, base::Steady now) const {
  if (rate.count == 0) return rate.window;
  const Level filled = sum(level(rate, now), times(reserved, rate.window));
  const Level room = times(std::max<std::uint64_t>(1, burst), rate.window);
  const Level wanted = times(amount, rate.window);
  if (wanted > room) return time_to_drain(filled, rate.count);
  const Level highest = room - wanted;
  return filled <= highest ? std::chrono::nanoseconds{0} : time_to_drain(filled - highest, rate.count);
}

void Gcra::restore(Level level, base::Steady at) {
  set(level, at);
}

void Gcra::set(Level level, base::Steady at) {
  high_ = static_cast<std::uint64_t>(level >> 64);
  low_ = static_cast<std::uint64_t>(level);
  at_ = at;
}

}  // namespace signpost::policy::limits
