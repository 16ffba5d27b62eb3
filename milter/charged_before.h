// Recipients of messages whose limits were charged: a content filter hands each message back to the same daemon, and it
// must not be charged twice. Knows nothing of what a mark is made of (milter/seal).
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"

namespace signpost::milter {

/// Thread-safe. In memory only: after a restart a message on its way is charged again.
class ChargedBefore {
 public:
  static constexpr std::size_t kMax = 200000;  ///< marks; the oldest is forgotten first

  /// Each mark is one recipient of one message.
  void add(const std::vector<std::string>& marks);
  /// Uses them up. False, and nothing used, if one is missing: a copy sent again pays like any other.
  bool take(const std::vector<std::string>& marks);

 private:
  mutable base::Mutex mutex_;
  std::unordered_map<std::string, std::size_t> left_ GUARDED_BY(mutex_);  ///< how often each may be used
  std::deque<std::string> order_ GUARDED_BY(mutex_);
};

}  // namespace signpost::milter
