// The thread that lets MTAs act: one batch after the other, each of one verb and one queue, so that a hundred thousand messages
// take some hundreds of calls of postsuper. What happened is looked at, not believed.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/worker.h"
#include "release/keeper.h"
#include "release/protocol.h"
#include "system/daemon_log.h"

namespace signpost::release {

class Runner {
 public:
  struct Task {
    std::uint64_t number = 0;  ///< the caller's
    Job job;
  };
  struct Outcome {
    Task task;
    Reply reply;
  };
  /// `ring` is called in the thread whenever outcomes are there. `log` outlives the runner.
  Runner(std::function<void()> ring, system::DaemonLog& log);
  /// Waits for the running batch; the others are not done.
  ~Runner() { worker_.stop(); }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// In order: a task is done after those that were added before.
  void add(std::vector<Task> tasks);
  std::vector<Outcome> take();

 private:
  std::chrono::nanoseconds turn();
  void hurry();
  std::vector<Task> next_batch();
  std::vector<Outcome> run(std::vector<Task> batch);

  const std::function<void()> ring_;
  system::DaemonLog& log_;
  /// Where messages were moved since the MTA was last asked to look; for the thread only.
  std::set<const HeldQueue*> moved_;
  std::chrono::steady_clock::time_point hurried_{};
  base::Mutex mutex_;
  std::deque<Task> waiting_ GUARDED_BY(mutex_);
  std::vector<Outcome> done_ GUARDED_BY(mutex_);
  base::Worker worker_;
};

}  // namespace signpost::release
