// Recipients of messages that passed here: a content filter hands each message back to the same daemon, without the login
// with which it came. It must not be charged twice, nor taken for another's. Knows nothing of what a mark is made of
// (milter/seal).
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "mail/identity.h"

namespace signpost::milter {

/// Thread-safe. In memory only: after a restart a message on its way is judged like any other of this host.
class PassedBefore {
 public:
  static constexpr std::size_t kMax = 200000;  ///< marks; the oldest is forgotten first
  /// Whose mail it was found to be.
  using Whose = std::shared_ptr<const mail::Identity>;

  /// Each mark is one recipient of one message.
  void add(const std::vector<std::string>& marks, const Whose& whose);
  /// Uses them up, and tells whose mail it was. nullptr, and nothing used, if one is missing or they are not all of one
  /// sender: a copy sent again is judged and pays like any other.
  Whose take(const std::vector<std::string>& marks);

 private:
  struct Entry {
    std::size_t left = 0;  ///< how often it may be used
    Whose whose;           ///< of the last message
  };
  mutable base::Mutex mutex_;
  std::unordered_map<std::string, Entry> entries_ GUARDED_BY(mutex_);
  std::deque<std::string> order_ GUARDED_BY(mutex_);
};

}  // namespace signpost::milter
