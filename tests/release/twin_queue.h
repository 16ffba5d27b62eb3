// A hold queue in memory, which a test fills by hand.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "release/held_queue.h"
#include "release/queue_id.h"

namespace signpost::release {

/// Thread-safe.
class TwinQueue final : public HeldQueue {
 public:
  struct Call {
    Verb verb;
    std::vector<std::string> ids;
    bool operator==(const Call&) const = default;
  };

  base::Result<void> check() const override { return {}; }
  bool is_id(std::string_view text) const override { return is_postfix_id(text); }
  bool can(Verb verb) const override { return verb != Verb::refuse || can_refuse; }
  base::Result<Sight> look(const std::string& id) const override {
    const base::MutexLock lock(mutex_);
    if (is_unreadable_) return base::fail(base::ErrorKind::unavailable, "no right");
    const auto at = files_.find(id);
    return at == files_.end() ? Sight{} : at->second;
  }
  base::Result<void> act(Verb verb, const std::vector<std::string>& ids) const override {
    const base::MutexLock lock(mutex_);
    calls_.push_back({verb, ids});
    for (const std::string& id : ids)
      if (id != stuck_) files_.erase(id);
    if (fails_) return base::fail(base::ErrorKind::unavailable, "postsuper exited with 1");
    return {};
  }
  base::Result<void> hurry() const override {
    const base::MutexLock lock(mutex_);
    ++hurries_;
    changed_.notify_all();
    return {};
  }
  std::size_t batch() const override { return 100; }

  void put(const std::string& id, Sight::Place place, std::uint64_t inode, std::int64_t changed = 0) {
    const base::MutexLock lock(mutex_);
    files_[id] = {place, {1, inode}, changed};
  }
  void take(const std::string& id) {
    const base::MutexLock lock(mutex_);
    files_.erase(id);
  }
  void set_unreadable(bool is_unreadable) {
    const base::MutexLock lock(mutex_);
    is_unreadable_ = is_unreadable;
  }
  /// This one is not moved by `act`.
  void set_stuck(const std::string& id, bool fails) {
    const base::MutexLock lock(mutex_);
    stuck_ = id;
    fails_ = fails;
  }
  std::vector<Call> calls() const {
    const base::MutexLock lock(mutex_);
    return calls_;
  }
  /// Returns once `hurry` was called so often.
  void wait_for_hurries(int count) const {
    const base::MutexLock lock(mutex_);
    while (hurries_ < count) changed_.wait(mutex_);
  }
  int hurries() const {
    const base::MutexLock lock(mutex_);
    return hurries_;
  }
  bool can_refuse = true;

 private:
  mutable base::Mutex mutex_;
  mutable std::map<std::string, Sight> files_ GUARDED_BY(mutex_);
  mutable std::vector<Call> calls_ GUARDED_BY(mutex_);
  std::string stuck_ GUARDED_BY(mutex_);
  bool fails_ GUARDED_BY(mutex_) = false;
  bool is_unreadable_ GUARDED_BY(mutex_) = false;
  mutable base::Condition changed_;
  mutable int hurries_ GUARDED_BY(mutex_) = 0;
};

}  // namespace signpost::release
