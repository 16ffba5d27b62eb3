// What became of mail, for people: the columns that `report bounces`, `tenant show`, `stats` and `metrics` have in common, and
// rates that are shown only where they mean something.
#pragma once

#include <array>
#include <cstdint>

#include "daemon/commands/fields.h"
#include "policy/limits/traffic.h"

namespace signpost::daemon::commands {

/// A rate of fewer recipients is noise: one dead address of ten is 10 %, and says nothing.
inline constexpr std::uint64_t kMinVolume = 100;

struct DeliveryColumn {
  const char* key;
  std::uint64_t policy::limits::TrafficSums::*sum;
};
inline constexpr std::array<DeliveryColumn, 8> kDeliveryColumns = {
    {{"sent", &policy::limits::TrafficSums::sent},
     {"delivered", &policy::limits::TrafficSums::delivered},
     {"undelivered", &policy::limits::TrafficSums::undelivered},
     {"hard", &policy::limits::TrafficSums::hard},
     {"soft", &policy::limits::TrafficSums::soft},
     {"block", &policy::limits::TrafficSums::block},
     {"complaints", &policy::limits::TrafficSums::complaints},
     {"unsubscribes", &policy::limits::TrafficSums::unsubscribes}}};

/// All of them, whatever was counted.
void add_delivery_columns(Fields& fields, const policy::limits::TrafficSums& sums);

/// In percent with two decimals ("0.30": Google asks for complaints below that), rounded; none below kMinVolume, and where more was counted than its
/// base: the two come from different sources, and then the base is not known.
Value format_rate(std::uint64_t times, std::uint64_t base);

}  // namespace signpost::daemon::commands
