// The daemon's periodic work, in one thread: a short list of tasks, each called when it is due. A task that has
// much to do does a bounded slice of it per call.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/worker.h"

namespace signpost::daemon::upkeep {

class Housekeeping {
 public:
  /// One slice, well below a second. True if there is more to do: the next slice then follows after a short pause, not
  /// after the task's whole period.
  using Slice = std::function<bool()>;
  /// A task with this period runs only when it is asked for.
  static constexpr std::chrono::nanoseconds kOnRequest = std::chrono::nanoseconds::max();

  explicit Housekeeping(const base::Clock& clock) : clock_(clock) {}
  ~Housekeeping() { stop(); }
  Housekeeping(const Housekeeping&) = delete;
  Housekeeping& operator=(const Housekeeping&) = delete;

  /// Must be called before `start`. The task is first called one period later.
  void add(std::string name, std::chrono::nanoseconds period, Slice slice);

  void start();
  /// Returns when the slice that runs has ended. Idempotent; must not be called by a task.
  void stop();
  /// Makes the task of that name due at once. Thread-safe, returns at once.
  void request(std::string_view name);

  /// Runs every task that is due, in the order in which they were added; called by the thread, and by tests.
  /// Returns how long it takes until the next one is due.
  std::chrono::nanoseconds run_due(base::Steady now);

 private:
  struct Task {
    std::string name;
    std::chrono::nanoseconds period;
    Slice slice;
    base::Steady due;
    bool requested = false;
  };
  bool take_due(Task& task, base::Steady now);
  void put_off(Task& task, bool more, base::Steady now);

  const base::Clock& clock_;
  base::Mutex mutex_;
  std::vector<Task> tasks_;  ///< the list itself does not change once started; due and requested by mutex_
  base::Worker worker_;
};

}  // namespace signpost::daemon::upkeep
