#include "daemon/upkeep/housekeeping.h"

#include <algorithm>
#include <utility>

namespace signpost::daemon::upkeep {
namespace {

/// The pause between two slices of one task, in which mail and commands can use the disk.
constexpr std::chrono::milliseconds kBreath{20};
/// The thread checks its list at least this often.
constexpr std::chrono::seconds kLongestRest{1};

base::Steady due_after(base::Steady now, std::chrono::nanoseconds period) {
  return period == Housekeeping::kOnRequest ? base::Steady::max() : now + period;
}

}  // namespace

void Housekeeping::add(std::string name, std::chrono::nanoseconds period, Slice slice) {
  const base::Steady due = due_after(clock_.steady(), period);
  tasks_.push_back({std::move(name), period, std::move(slice), due, false});
}

void Housekeeping::start() {
  worker_.start([this] { return run_due(clock_.steady()); });
}

void Housekeeping::stop() {
  worker_.stop();
}

void Housekeeping::request(std::string_view name) {
  {
    base::MutexLock lock(mutex_);
    for (Task& task : tasks_) task.requested = task.requested || task.name == name;
  }
  worker_.wake();
}

bool Housekeeping::take_due(Task& task, base::Steady now) {
  base::MutexLock lock(mutex_);
  return std::exchange(task.requested, false) || task.due <= now;
}

void Housekeeping::put_off(Task& task, bool more, base::Steady now) {
  base::MutexLock lock(mutex_);
  task.due = more ? now + kBreath : due_after(now, task.period);
}

std::chrono::nanoseconds Housekeeping::run_due(base::Steady now) {
  for (Task& task : tasks_) {
    if (take_due(task, now)) put_off(task, task.slice(), now);
  }
  base::MutexLock lock(mutex_);
  std::chrono::nanoseconds rest = kLongestRest;
  for (const Task& task : tasks_) {
    if (task.due != base::Steady::max()) rest = std::min<std::chrono::nanoseconds>(rest, task.due - now);
  }
  return std::max<std::chrono::nanoseconds>(rest, std::chrono::nanoseconds{0});
}

}  // namespace signpost::daemon::upkeep
