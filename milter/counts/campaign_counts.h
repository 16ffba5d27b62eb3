// How many recipients each campaign has reached since the last call of `take`. Filled at the end of messages and
// emptied by the daemon once a second, so that nothing is written per message.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "base/mutex.h"

namespace signpost::milter {

/// Thread-safe.
class CampaignCounts {
 public:
  struct Name {
    std::uint32_t tenant = 0;  ///< policy::tenant_id
    std::string campaign;
    std::string stream;
    auto operator<=>(const Name&) const = default;  // NOLINT(modernize-use-nullptr)
  };
  using Counts = std::map<Name, std::uint64_t>;

  void add(Name name, std::uint64_t recipients) {
    base::MutexLock lock(mutex_);
    counts_[std::move(name)] += recipients;
  }
  /// Returns all counts and starts from zero.
  Counts take() {
    base::MutexLock lock(mutex_);
    return std::exchange(counts_, {});
  }

 private:
  base::Mutex mutex_;
  Counts counts_ GUARDED_BY(mutex_);
};

}  // namespace signpost::milter
