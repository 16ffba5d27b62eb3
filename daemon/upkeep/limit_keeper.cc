#include "daemon/upkeep/limit_keeper.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace signpost::daemon::upkeep {
namespace {

std::chrono::nanoseconds longest_window(const policy::Settings& settings) {
  std::chrono::nanoseconds longest{0};
  const auto look_at = [&](const std::vector<policy::Rate>& rates) {
    for (const policy::Rate& rate : rates) longest = std::max(longest, rate.window);
  };
  for (const policy::LimitSettings& limit : settings.limits) {
    look_at(limit.rates);
    for (const policy::LimitException& exception : limit.exceptions) look_at(exception.rates);
  }
  return longest;
}

/// The limits with the rates that an operator set: their state must not start from zero.
std::vector<policy::LimitSettings> limits_in_force(const policy::Settings& settings,
                                                   const policy::limits::Overrides& overrides,
                                                   base::Wall now) {
  std::vector<policy::LimitSettings> limits = settings.limits;
  for (policy::LimitSettings& limit : limits) {
    if (const std::vector<policy::Rate>* rates = overrides.rates(limit.name, now)) limit.rates = *rates;
  }
  return limits;
}

}  // namespace

LimitKeeper::LimitKeeper(policy::limits::Buckets& buckets, store::BucketStore& store,
                         const base::Clock& clock, system::DaemonLog& log)
    : buckets_(buckets), store_(store), clock_(clock), log_(log) {}

std::string LimitKeeper::load(const policy::Settings& settings) {
  const base::Steady now = clock_.steady();
  const auto loaded = store_.load().and_then([&](const store::SavedBuckets& saved) {
    return buckets_.load(saved.bytes,
                         store::steady_of(saved.at, clock_.wall(), now, longest_window(settings)));
  });
  if (loaded || loaded.error().kind == base::ErrorKind::not_found) return {};
  return "limits start empty: " + loaded.error().text;
}

void LimitKeeper::retain(const policy::Settings& settings, const policy::limits::Overrides& overrides) {
  buckets_.retain(limits_in_force(settings, overrides, clock_.wall()), clock_.steady());
}

void LimitKeeper::save() {
  const std::uint64_t changes =
      buckets_.changes();  // read first: changes during the save are saved the next time
  if (changes == saved_changes_) return;
  const auto saved = store_.save(buckets_.save(clock_.steady()), clock_.wall());
  const bool failed = !saved;
  if (!failed) saved_changes_ = changes;
  if (failed == failing_.exchange(failed)) return;
  if (failed) log_.error("the state of the limits cannot be saved: " + saved.error().text);
  if (!failed) log_.info("the state of the limits is saved again");
}

}  // namespace signpost::daemon::upkeep
