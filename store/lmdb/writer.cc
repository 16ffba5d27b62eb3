#include "store/lmdb/writer.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace signpost::store::lmdb {
namespace {

/// Much less than an fdatasync. Clients whose commit just ended come back within it.
constexpr std::chrono::microseconds kGatherTime{150};

}  // namespace

base::Result<void> Writer::run(const Operation& operation) {
  if (auto usable = env_.is_usable(); !usable)
    return usable;  // not to be committed by, or with, the one who opens it
  Waiting mine{&operation, {}, false, {}};
  std::vector<Waiting*> batch;
  {
    base::MutexLock lock(mutex_);
    queue_.push_back(&mine);
    arrived_.notify_one();
    while (!mine.done && committing_) mine.woken.wait(mutex_);
    if (mine.done) return std::move(mine.result);
    committing_ = true;
    gather();
    batch.swap(queue_);
  }
  base::Result<void> committed = commit_whatever_happens(batch);
  {
    base::MutexLock lock(mutex_);
    failure_ =
        committed ? std::string() : std::move(committed.error().text);  // from here on nothing may throw
    for (Waiting* one : batch) {
      one->done = true;
      if (one != &mine)
        one->woken.notify_one();  // under the lock: a woken one's Condition may be gone after it
    }
    expected_ = batch.size() + queue_.size();
    committing_ = false;
    if (!queue_.empty()) queue_.front()->woken.notify_one();
  }
  return std::move(mine.result);
}

void Writer::gather() {
  const auto until = std::chrono::steady_clock::now() + kGatherTime;
  while (queue_.size() < expected_) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= std::chrono::steady_clock::duration::zero()) return;
    arrived_.wait_for(mutex_, left);
  }
}

/// Whoever waits in the batch is answered in any case: an exception would leave them, and all who come later, waiting.
base::Result<void> Writer::commit_whatever_happens(const std::vector<Waiting*>& batch) noexcept {
  const auto failed = [] {  // short enough to need no memory
    return tl::unexpected(base::Error{base::ErrorKind::unavailable, "out of memory"});
  };
  try {
    return commit(batch);
  } catch (const std::exception&) {
    for (Waiting* one : batch) one->result = failed();
    return failed();
  }
}

base::Result<void> Writer::commit(const std::vector<Waiting*>& batch) {
  const auto written = env_.write([&](WriteTransaction& transaction) -> base::Result<void> {
    for (Waiting* one : batch) {
      one->result = (*one->operation)(transaction);
      const bool broken = !one->result && one->result.error().kind == base::ErrorKind::unavailable;
      if (broken) return one->result;
    }
    return {};
  });
  if (!written) {
    for (Waiting* one : batch) one->result = tl::unexpected(written.error());
  }
  return written;
}

std::string Writer::failure() const {
  base::MutexLock lock(mutex_);
  return failure_;
}

base::Result<bool> Writer::erase(Table table, std::string_view key) {
  bool erased = false;
  const auto written = run([&](WriteTransaction& transaction) -> base::Result<void> {
    const auto was_there = transaction.erase(table, key);
    if (!was_there) return tl::unexpected(was_there.error());
    erased = *was_there;
    return {};
  });
  if (!written) return tl::unexpected(written.error());
  return erased;
}

}  // namespace signpost::store::lmdb
