// policy/limits/traffic from the counts of store/hit_store.
#pragma once

#include <map>
#include <string>

#include "policy/limits/traffic.h"
#include "store/hit_keys.h"

namespace signpost::store {

class HitStore;

/// Adds what one counter says.
void add_to(policy::limits::TrafficSums& sums, const ProviderCounter& counter, std::uint64_t times);

/// By provider, of all tenants.
using ProviderTotals = std::map<std::string, policy::limits::TrafficSums>;

/// Thread-safe, as the store is, which must outlive it.
class StoredTraffic final : public policy::limits::Traffic {
 public:
  explicit StoredTraffic(const HitStore& hits) : hits_(hits) {}
  base::Result<policy::limits::TrafficTable> traffic(
      const policy::limits::TrafficQuery& query) const override;

 private:
  const HitStore& hits_;
};

}  // namespace signpost::store
