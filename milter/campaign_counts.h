// How many recipients each campaign reached since somebody last asked. Filled at the end of messages, emptied
// once a second by the daemon, so that nothing is written per message.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "base/mutex.h"

namespace signpost::milter {

/// Thread-safe.
class CampaignCounts {
 public:
  /// Tenant's id and campaign.
  using Counts = std::map<std::pair<std::uint32_t, std::string>, std::uint64_t>;

  void add(std::uint32_t tenant, const std::string& campaign, std::uint64_t recipients) {
    base::MutexLock lock(mutex_);
    counts_[{tenant, campaign}] += recipients;
  }
  /// All of it; begins anew.
  Counts take() {
    base::MutexLock lock(mutex_);
    return std::exchange(counts_, {});
  }

 private:
  base::Mutex mutex_;
  Counts counts_ GUARDED_BY(mutex_);
};

}  // namespace signpost::milter
