// Keeps the limits' state across restarts: loaded at start, its changes saved every second, and kept by a reload for the
// limits that stay. A crash loses what came after the last save. policy/limits makes the bytes, store/bucket_store writes
// the files.
#pragma once

#include <atomic>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "policy/limits/buckets.h"
#include "policy/limits/overrides.h"
#include "policy/settings.h"
#include "store/bucket_store.h"
#include "system/daemon_log.h"

namespace signpost::daemon::upkeep {

/// The arguments of its constructor must outlive it.
class LimitKeeper {
 public:
  LimitKeeper(policy::limits::Buckets& buckets, store::BucketStore& store, const base::Clock& clock,
              system::DaemonLog& log);

  /// Must be called once, before mail is accepted. Returns an empty string, or what is wrong with the saved state; the
  /// limits then start empty.
  std::string load(const policy::Settings& settings);
  /// Forgets the state of limits that no longer exist. Limits whose rates an operator changed keep theirs.
  void retain(const policy::Settings& settings, const policy::limits::Overrides& overrides);
  /// Writes what changed, and some of a copy if one is being made; drops idle buckets. For one thread at a time.
  void save();
  /// True if the last save failed. For any thread.
  bool failing() const { return failing_; }

 private:
  base::Result<void> save_changes();
  base::Result<bool> append(const policy::limits::Buckets::Part& part);

  policy::limits::Buckets& buckets_;
  store::BucketStore& store_;
  const base::Clock& clock_;
  system::DaemonLog& log_;
  bool copying_ = false;
  base::Steady copied_at_{};  ///< when the last copy began
  std::atomic<bool> failing_{false};
};

}  // namespace signpost::daemon::upkeep
