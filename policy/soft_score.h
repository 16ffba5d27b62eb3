// When an address that keeps failing for the time being is left alone for a while: a score of its soft bounces, which fades. The
// store keeps it (store/hit_store).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace signpost::policy {

struct SoftRule {
  std::uint64_t limit = 4;  ///< list at that score
  std::chrono::seconds half_life{std::chrono::days(14)};
  std::chrono::seconds listed{std::chrono::days(14)};  ///< how long it is listed then
};

/// Days with a soft bounce, each fading by half in every half-life.
struct SoftScore {
  std::uint64_t thousandths = 0;
  base::Wall at{};  ///< of the last one that counted
  bool operator==(const SoftScore&) const = default;
};

/// The score with one more at `now`. Of several within a day one counts: a single outage is a single fact.
SoftScore add_soft_bounce(const std::optional<SoftScore>& before, base::Wall now, const SoftRule& rule);
bool is_due(const SoftScore& score, const SoftRule& rule);

}  // namespace signpost::policy
