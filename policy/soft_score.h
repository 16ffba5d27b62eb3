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
  base::Wall at{};                         ///< of the last one that counted
  std::optional<base::Wall> reached = {};  ///< when mail was first taken for the address since
  bool operator==(const SoftScore&) const = default;
};

/// A server took mail for the address. That proves nothing yet: a relay may still report that it could not deliver, for as long
/// as it keeps mail.
SoftScore note_reached(const SoftScore& score, base::Wall now);
/// So long after it, without a soft bounce meanwhile, it was a success: most servers keep mail for five days (RFC 5321 §4.5.4.1).
inline constexpr std::chrono::days kProven{6};

/// The score with one more at `now`; it begins anew if the address was reached meanwhile. Of several within a day one counts: a single outage is a single fact.
SoftScore add_soft_bounce(const std::optional<SoftScore>& before, base::Wall now, const SoftRule& rule);
bool is_due(const SoftScore& score, const SoftRule& rule);

}  // namespace signpost::policy
