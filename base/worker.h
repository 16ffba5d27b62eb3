// One thread that waits, works and stops: the owner defines a turn of its work, this runs it. A thread that must poll a
// descriptor is not a Worker (daemon/ingest/ingest).
#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "base/mutex.h"

namespace signpost::base {

/// Thread-safe, except for start and stop, which the owner calls. The owner declares it as its last member, so that
/// the thread has ended before anything that the turn uses is destroyed.
class Worker {
 public:
  /// A turn returns this to wait until the worker is woken.
  static constexpr std::chrono::nanoseconds kUntilWoken = std::chrono::nanoseconds::max();
  /// One turn of the work; returns how long to rest before the next. Zero means at once. It may be
  /// called too early, and must not call `stop`. One that ran out of memory is tried again after kAfterFailure: it must
  /// leave everything so that the next can go on.
  static constexpr std::chrono::seconds kAfterFailure{1};
  using Turn = std::function<std::chrono::nanoseconds()>;

  Worker() = default;
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Must be called once. The first turn comes after `rest`, or when the worker is woken.
  void start(Turn turn, std::chrono::nanoseconds rest = std::chrono::nanoseconds{0});
  /// Returns when the running turn has ended; no other turn follows. Idempotent, and allowed without `start`.
  void stop();

  /// Ends the rest; during a turn, the next one follows at once. Returns at once. Not to be called with a lock
  /// held that the turn takes.
  void wake();

  /// For a turn that works long: true once `stop` was called.
  bool stopping() const;
  /// For a turn: waits, even if the worker is woken meanwhile. False if `stop` ended the wait early.
  bool pause(std::chrono::nanoseconds duration);

 private:
  void run(const Turn& turn, std::chrono::nanoseconds rest);
  /// False once the thread must end.
  bool rest_for(std::chrono::nanoseconds rest);

  mutable Mutex mutex_;
  Condition changed_;
  bool woken_ GUARDED_BY(mutex_) = false;
  bool stops_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace signpost::base
