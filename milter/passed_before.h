// Messages that passed here, by recipient: a content filter hands each back to the same daemon, without the login with which
// it came. It must not be charged twice, nor taken for another's. And strangers' messages that passed, whose recipients
// must not be refused when a filter hands them back. Knows nothing of what a mark is made of (milter/seal).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "mail/identity.h"

namespace signpost::milter {

/// Thread-safe. In memory only: after a restart a message on its way is judged like any other of this host.
class PassedBefore {
 public:
  static constexpr std::size_t kMax = 200000;  ///< marks; the oldest is forgotten first
  /// Whose mail it was found to be; nullptr for a stranger's.
  using Whose = std::shared_ptr<const mail::Identity>;

  /// Each mark is one recipient of one message.
  void add(const std::vector<std::string>& marks, const Whose& whose, base::Steady now);

  struct Found {
    Whose whose;                    ///< nullptr if none of them is known, or they are of several senders
    std::vector<std::string> used;  ///< those that are known, and that this call used up
  };
  /// Marks that were added within `max_age`. Each is good once: a copy sent again is judged and pays like any other.
  Found take(const std::vector<std::string>& marks, base::Steady now, base::Steady::duration max_age);
  /// Whether a mark was added within `max_age`; it is not used up.
  bool knows(const std::string& mark, base::Steady now, base::Steady::duration max_age) const;

 private:
  struct Entry {
    std::size_t left = 0;  ///< how often it may be used
    Whose whose;           ///< of the last message
    base::Steady at{};     ///< likewise
    std::uint64_t number = 0;
  };
  using Entries = std::unordered_map<std::string, Entry>;

  mutable base::Mutex mutex_;
  Entries entries_ GUARDED_BY(mutex_);
  /// Marks with the numbers that they were added under: one with an older number was used up since.
  std::deque<std::pair<std::string, std::uint64_t>> order_ GUARDED_BY(mutex_);
  std::uint64_t added_ GUARDED_BY(mutex_) = 0;
};

}  // namespace signpost::milter
