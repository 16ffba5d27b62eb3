// Opens the store in a thread beside mail: after a kill the whole list is checked first, which takes seconds if it is large.
// Meanwhile, and with `store.when_unknown = "defer"` also if it cannot be opened, the site's own mail is deferred.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "base/mutex.h"
#include "config/process_settings.h"
#include "milter/services.h"
#include "store/store.h"
#include "system/daemon_log.h"

namespace signpost::daemon {

/// Why start failed: a sysexits code and a text.
struct StartError {
  int exit_code = 70;
  std::string text;
};

/// Sets `counters.store_closed`. Thread-safe, but for `start` and `stop`, which the owner calls.
class Opening {
 public:
  Opening(store::Store& store, config::WhenUnknown when_unknown, milter::Counters& counters,
          system::DaemonLog& log);
  ~Opening() { stop(); }
  Opening(const Opening&) = delete;
  Opening& operator=(const Opening&) = delete;

  struct Steps {
    /// Once the list is open, for the calling thread only: reads from it what must be known before mail is judged.
    std::function<tl::expected<void, StartError>()> prepare;
    std::function<void()> on_open;    ///< everybody may use the store
    std::function<void()> on_failed;  ///< the daemon must end; not called if `start` returns the error
  };
  /// Waits until the store is open or the start has failed, but not longer than half a second: then it goes on by itself.
  /// Without an error also if the list cannot be opened and mail is to be deferred.
  tl::expected<void, StartError> start(Steps steps);
  /// Ends a check that is under way.
  void stop();

  bool is_open() const { return store_.is_open(); }
  /// For `status`: why the store is not open, and what to do. Empty if it is.
  std::string problem() const;
  /// What ended the daemon.
  std::optional<StartError> failure() const;

 private:
  void run();
  tl::expected<void, StartError> open();

  store::Store& store_;
  const config::WhenUnknown when_unknown_;
  milter::Counters& counters_;
  system::DaemonLog& log_;
  Steps steps_;
  std::atomic<bool> stops_{false};
  mutable base::Mutex mutex_;
  base::Condition changed_;
  bool ended_ GUARDED_BY(mutex_) = false;
  bool is_waited_for_ GUARDED_BY(mutex_) = true;
  std::string defers_because_ GUARDED_BY(mutex_);
  std::optional<StartError> failure_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace signpost::daemon
