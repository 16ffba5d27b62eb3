// Group commit: writes that wait at the same time share one transaction and one fdatasync.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "store/lmdb/env.h"

namespace signpost::store::lmdb {

/// Thread-safe. There is no thread of its own: the first to come commits for all who wait (handing a write to
/// another thread would cost a single client a tenth of its speed), and while it does the next ones gather.
class Writer {
 public:
  /// Reads what it needs and refuses before its first write, so that its refusal leaves the others' work
  /// alone. May run again if the map had to grow. Must not call the Writer.
  using Operation = std::function<base::Result<void>(WriteTransaction&)>;

  explicit Writer(Env& env) : env_(env) {}

  /// Returns when the operation is on disk, or with its own refusal, or with `unavailable` for all of a batch
  /// whose commit failed, or that found no memory.
  base::Result<void> run(const Operation& operation);
  /// Why the last commit failed; empty if it did not.
  std::string failure() const;
  /// Erases one key. True if it was there.
  base::Result<bool> erase(Table table, std::string_view key);

 private:
  struct Waiting {
    const Operation* operation;
    base::Result<void> result;
    bool done = false;
    base::Condition woken;
  };
  void gather() REQUIRES(mutex_);
  base::Result<void> commit_whatever_happens(const std::vector<Waiting*>& batch) noexcept;
  base::Result<void> commit(const std::vector<Waiting*>& batch);

  Env& env_;
  mutable base::Mutex mutex_;
  std::string failure_ GUARDED_BY(mutex_);
  base::Condition arrived_;                         ///< for the thread that gathers
  std::vector<Waiting*> queue_ GUARDED_BY(mutex_);  ///< in order of arrival
  bool committing_ GUARDED_BY(mutex_) = false;
  std::size_t expected_ GUARDED_BY(mutex_) = 1;  ///< how many wrote at the same time lately
};

}  // namespace signpost::store::lmdb
