// What is known to be damaged of an open file, so that LMDB, which trusts its pages, is not led there, and nobody takes what
// is not found there for something that is not listed. store/lmdb/page_watch finds it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "store/lmdb/table.h"

namespace signpost::store::lmdb {

/// The keys [from, end) of a table cannot be relied on.
struct Damage {
  std::optional<Table> table = {};  ///< absent: the list of free pages, which only writers read
  std::string from = {};            ///< "": from the first key
  std::optional<std::string> end = {};
  std::string what = {};
  bool is_page = true;  ///< LMDB must not read it; else only what some record says is wrong
  bool operator==(const Damage&) const = default;
};

/// Thread-safe. All checks return `corrupt` with the damage's text, and cost one load while there is no damage.
class Damages {
 public:
  void set(std::vector<Damage> damages);
  /// The text of one; empty if there is none.
  std::string first() const;
  bool any() const { return any_.load(std::memory_order_acquire); }

  base::Result<void> check_key(Table table, std::string_view key) const;
  /// For a walk over a table from a key on, which may go to its end.
  base::Result<void> check_walk(Table table, std::string_view from) const;
  /// For a write, which may move whatever is beside a key, and for a copy of the file. Error `unavailable`.
  base::Result<void> check_write() const;

 private:
  std::shared_ptr<const std::vector<Damage>> get() const;
  std::atomic<bool> any_{false};
  mutable base::Mutex mutex_;
  std::shared_ptr<const std::vector<Damage>> damages_ GUARDED_BY(mutex_);
};

}  // namespace signpost::store::lmdb
