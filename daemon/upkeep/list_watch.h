// Looks through the open list for damage, in slices of the housekeeping, and tells what was found.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "store/store.h"
#include "system/daemon_log.h"

namespace signpost::daemon::upkeep {

class ListWatch {
 public:
  ListWatch(store::Store& store, const base::Clock& clock, system::DaemonLog& log)
      : store_(store), clock_(clock), log_(log) {}

  /// One slice: half a megabyte of the list. For the housekeeping thread.
  void look();

  /// For `status`; thread-safe.
  struct Progress {
    std::optional<base::Wall> checked;  ///< when the last whole round ended
    unsigned percent = 0;               ///< of the round under way
  };
  Progress progress() const;
  /// What is damaged, with the cure; empty if nothing is. Thread-safe.
  std::string problem() const;

 private:
  store::Store& store_;
  const base::Clock& clock_;
  system::DaemonLog& log_;
  bool fails_ = false;  ///< the last slice; for the housekeeping thread
  mutable base::Mutex mutex_;
  std::optional<base::Wall> checked_ GUARDED_BY(mutex_);
};

}  // namespace signpost::daemon::upkeep
