// How many recipients each tenant has sent to at each provider since the last call of `take`. Filled at the end of messages and
// emptied by the daemon once a second, so that nothing is written per message. Bounded: tenants, streams and providers are
// names of the configuration and of policy/limits/provider's table.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/mutex.h"

namespace signpost::milter {

/// Thread-safe.
class SentCounts {
 public:
  struct Name {
    std::uint32_t tenant = 0;  ///< policy::tenant_id
    std::string stream;
    std::string_view provider;                      ///< a literal: policy::limits::known_provider
    auto operator<=>(const Name&) const = default;  // NOLINT(modernize-use-nullptr)
  };
  using Counts = std::map<Name, std::uint64_t>;

  void add(const Counts& counts) {
    base::MutexLock lock(mutex_);
    for (const auto& [name, recipients] : counts) counts_[name] += recipients;
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
