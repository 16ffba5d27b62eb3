#include "daemon/upkeep/limit_keeper.h"

#include <algorithm>
#include <chrono>
#include <new>

namespace signpost::daemon::upkeep {
namespace {

constexpr std::size_t kPart = 1000;     ///< buckets written at once
constexpr std::size_t kCopied = 20000;  ///< buckets visited each second for a copy
/// Keys may be personal: those that are not counted any more leave the disk too.
constexpr std::chrono::hours kCopyEvery{1};
constexpr std::size_t kSwept = 2000;  ///< of each limit, each second

/// Use that is older counts under no rate. A sliding window holds up to a sixteenth more than its length.
std::chrono::nanoseconds longest_window(const policy::Settings& settings) {
  std::chrono::nanoseconds longest{0};
  const auto look_at = [&](const std::vector<policy::Rate>& rates) {
    for (const policy::Rate& rate : rates) longest = std::max(longest, rate.window);
  };
  look_at(settings.report_limit.rates);
  look_at(settings.reinjected_limit.rates);
  for (const policy::LimitSettings& limit : settings.limits) {
    look_at(limit.rates);
    for (const policy::LimitException& exception : limit.exceptions) look_at(exception.rates);
  }
  return longest + longest / 8;
}

/// The limits, built-in ones too, with the rates that an operator set: their state must not start from zero.
std::vector<policy::LimitSettings> limits_in_force(const policy::Settings& settings,
                                                   const policy::limits::Overrides& overrides,
                                                   base::Wall now) {
  std::vector<policy::LimitSettings> limits = settings.limits;
  for (policy::LimitSettings& limit : limits) {
    if (const std::vector<policy::Rate>* rates = overrides.rates(limit.name, now)) limit.rates = *rates;
  }
  limits.push_back(settings.report_limit);
  limits.push_back(settings.reinjected_limit);
  return limits;
}

}  // namespace

LimitKeeper::LimitKeeper(policy::limits::Buckets& buckets, store::BucketStore& store,
                         const base::Clock& clock, system::DaemonLog& log)
    : buckets_(buckets), store_(store), clock_(clock), log_(log) {}

std::string LimitKeeper::load(const policy::Settings& settings) {
  const base::Steady now = clock_.steady();
  const std::string problem = store_.load(clock_.wall(), now, longest_window(settings),
                                          [&](std::string_view part, base::Steady saved_at) {
                                            return buckets_.add(part, saved_at, now).map([](std::size_t) {});
                                          });
  return problem.empty() ? "" : "limits: some of the saved state is lost: " + problem;
}

void LimitKeeper::retain(const policy::Settings& settings, const policy::limits::Overrides& overrides) {
  buckets_.retain(limits_in_force(settings, overrides, clock_.wall()), clock_.steady());
}

void LimitKeeper::save() {
  buckets_.sweep(kSwept, clock_.steady());
  base::Result<void> saved;
  try {
    saved = save_changes();
  } catch (const std::bad_alloc&) {  // changes that were taken and not written are in the next copy
    copied_at_ = clock_.steady() - kCopyEvery;
    saved = base::fail(base::ErrorKind::unavailable, "out of memory");
  }
  const bool failed = !saved;
  if (failed) copying_ = false;
  if (failed == failing_.exchange(failed)) return;
  if (failed) log_.error("the state of the limits cannot be saved: " + saved.error().text);
  if (!failed) log_.info("the state of the limits is saved again");
}

base::Result<void> LimitKeeper::save_changes() {
  const base::Steady now = clock_.steady();
  if (!copying_ && (store_.needs_copy() || now - copied_at_ >= kCopyEvery)) {
    if (auto begun = store_.begin_copy(); !begun) return begun;
    buckets_.begin_round();
    copying_ = true;
    copied_at_ = now;
  }
  for (bool more = true; more;) {
    const auto appended = append(buckets_.take_changes(kPart, clock_.steady()));
    if (!appended) return tl::unexpected(appended.error());
    more = *appended;
  }
  bool more = copying_;
  for (std::size_t copied = 0; more && copied < kCopied; copied += kPart) {
    const auto appended = append(buckets_.take_round(kPart, clock_.steady()));
    if (!appended) return tl::unexpected(appended.error());
    more = *appended;
  }
  if (auto synced = store_.sync(); !synced) return synced;
  if (copying_ && !more) {
    store_.end_copy();
    copying_ = false;
  }
  return {};
}

/// True if there may be more.
base::Result<bool> LimitKeeper::append(const policy::limits::Buckets::Part& part) {
  if (part.records > 0) {
    if (auto done = store_.append(part.bytes, clock_.wall(), clock_.steady()); !done)
      return tl::unexpected(done.error());
  }
  return part.more;
}

}  // namespace signpost::daemon::upkeep
