#include "base/worker.h"

#include <new>
#include <utility>

namespace signpost::base {

void Worker::start(Turn turn, std::chrono::nanoseconds rest) {
  thread_ = std::thread([this, turn = std::move(turn), rest] { run(turn, rest); });
}

void Worker::stop() {
  {
    MutexLock lock(mutex_);
    stops_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Worker::wake() {
  {
    MutexLock lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

bool Worker::stopping() const {
  MutexLock lock(mutex_);
  return stops_;
}

bool Worker::pause(std::chrono::nanoseconds duration) {
  MutexLock lock(mutex_);
  const auto stopped = [this]() REQUIRES(mutex_) { return stops_; };
  return !changed_.wait_for(mutex_, duration, stopped);
}

void Worker::run(const Turn& turn, std::chrono::nanoseconds rest) {
  while (rest_for(rest)) {
    try {
      rest = turn();
    } catch (const std::bad_alloc&) {
      rest = kAfterFailure;
    }
  }
}

bool Worker::rest_for(std::chrono::nanoseconds rest) {
  MutexLock lock(mutex_);
  const auto called = [this]() REQUIRES(mutex_) { return woken_ || stops_; };
  if (rest == kUntilWoken) {
    changed_.wait(mutex_, called);
  } else {
    changed_.wait_for(mutex_, rest, called);
  }
  woken_ = false;
  return !stops_;
}

}  // namespace signpost::base
