// The mutex of the whole tree; its locking rules are checked by clang (-Wthread-safety). A lock is a leaf: it
// guards memory for a few instructions, no other lock is taken and no callback is called while it is held, and
// there is no I/O under it. The few locks that make a whole change wait for another are the exception: they
// say "Held across I/O" where they are declared, and may be taken before leaves, never after.
#pragma once

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define SIGNPOST_ATTRIBUTE(x) __attribute__((x))
#else
#define SIGNPOST_ATTRIBUTE(x)
#endif
#define GUARDED_BY(x) SIGNPOST_ATTRIBUTE(guarded_by(x))
#define REQUIRES(...) SIGNPOST_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) SIGNPOST_ATTRIBUTE(locks_excluded(__VA_ARGS__))

namespace signpost::base {

class SIGNPOST_ATTRIBUTE(capability("mutex")) Mutex {
 public:
  void lock() SIGNPOST_ATTRIBUTE(acquire_capability()) { mutex_.lock(); }
  void unlock() SIGNPOST_ATTRIBUTE(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class SIGNPOST_ATTRIBUTE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) SIGNPOST_ATTRIBUTE(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() SIGNPOST_ATTRIBUTE(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// Waits on a Mutex, which the caller holds through a MutexLock. Without `ready` a wait may end early without a
/// reason, so the caller loops on its own condition.
class Condition {
 public:
  void wait(Mutex& mutex) REQUIRES(mutex) { condition_.wait(mutex); }
  template <class Duration>
  void wait_for(Mutex& mutex, Duration duration) REQUIRES(mutex) {
    condition_.wait_for(mutex, duration);
  }
  template <class Ready>
  void wait(Mutex& mutex, Ready ready) REQUIRES(mutex) {
    condition_.wait(mutex, ready);
  }
  /// False if the time ran out before it was ready.
  template <class Duration, class Ready>
  bool wait_for(Mutex& mutex, Duration duration, Ready ready) REQUIRES(mutex) {
    return condition_.wait_for(mutex, duration, ready);
  }
  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }

 private:
  std::condition_variable_any condition_;
};

}  // namespace signpost::base
