// All counters by provider of a tenant, from an hour on.
#pragma once

#include "store/hit_store.h"

namespace signpost::tests {

inline store::ProviderCounts provider_counts(const store::HitStore& hits, std::uint32_t tenant,
                                             std::uint32_t from_hour = 0, std::uint32_t to_hour = ~0U) {
  store::ProviderCounts counts;
  EXPECT_TRUE(hits.visit_providers(
      tenant, from_hour, to_hour,
      [&](const store::ProviderCounter& counter, std::uint64_t times) { counts[counter] = times; }));
  return counts;
}

}  // namespace signpost::tests
