// The limits' state over restarts: taken up at start, saved every second, kept over a reload for the limits
// that stay. A crash loses what came after the last save. Buckets and their bytes are policy's, the file is
// the store's.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "policy/limits/buckets.h"
#include "policy/limits/overrides.h"
#include "policy/settings.h"
#include "store/bucket_store.h"
#include "system/daemon_log.h"

namespace signpost::daemon::upkeep {

/// What it is given outlives it.
class LimitKeeper {
 public:
  LimitKeeper(policy::limits::Buckets& buckets, store::BucketStore& store, const base::Clock& clock,
              system::DaemonLog& log);

  /// Once, before mail comes. Empty, or what is wrong with the saved state; the limits start empty then.
  std::string load(const policy::Settings& settings);
  /// Forgets the state of limits that are no more. Those whose rates an operator changed go on as they were.
  void retain(const policy::Settings& settings, const policy::limits::Overrides& overrides);
  /// Writes if something changed. One thread at a time.
  void save();
  /// True if the last save failed. Any thread.
  bool failing() const { return failing_; }

 private:
  policy::limits::Buckets& buckets_;
  store::BucketStore& store_;
  const base::Clock& clock_;
  system::DaemonLog& log_;
  std::uint64_t saved_changes_ = 0;  ///< policy::Buckets::changes at the last save
  std::atomic<bool> failing_{false};
};

}  // namespace signpost::daemon::upkeep
