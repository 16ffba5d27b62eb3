// Messages whose limits were charged, for a while: a content filter hands each of them back to the same daemon, and
// it must not be charged twice. Knows nothing of what a mark is made of (milter/seal).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

#include "base/mutex.h"

namespace signpost::milter {

/// Thread-safe. In memory only: after a restart a message on its way is charged again.
class ChargedBefore {
 public:
  static constexpr std::size_t kMost = 100000;  ///< messages; the oldest is forgotten first

  /// So many recipients of the message were charged.
  void add(const std::string& mark, std::size_t recipients);
  /// Uses up so many of them. False, and nothing used, if fewer are left: a copy sent again pays like any other.
  bool take(const std::string& mark, std::size_t recipients);

 private:
  mutable base::Mutex mutex_;
  std::unordered_map<std::string, std::size_t> left_ GUARDED_BY(mutex_);
  std::deque<std::string> order_ GUARDED_BY(mutex_);
};

}  // namespace signpost::milter
