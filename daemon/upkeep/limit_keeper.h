// Keeps the limits' state across restarts: loaded at start, saved every second, and kept by a reload for the limits
// that stay. A crash loses what came after the last save. policy/limits makes the bytes, store/bucket_store writes
// the file.
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
  /// Writes the state if it has changed. For one thread at a time.
  void save();
  /// True if the last save failed. For any thread.
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
