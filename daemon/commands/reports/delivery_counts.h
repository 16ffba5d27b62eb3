// What became of mail, summed for people: the columns that `report bounces` and `tenant show` have in common, and rates that
// are shown only where they mean something.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "daemon/commands/fields.h"
#include "store/hit_store.h"

namespace signpost::daemon::commands {

using DeliverySums = std::map<store::Counted, std::uint64_t>;

/// A rate of fewer recipients is noise: one dead address of ten is 10 %, and says nothing.
inline constexpr std::uint64_t kMinVolume = 100;

/// How often `what` was counted; 0 if never.
std::uint64_t times_of(const DeliverySums& sums, store::Counted what);

/// "delivered", "undelivered", "hard", "soft", "block", "complaints"; all of them, whatever was counted.
void add_delivery_columns(Fields& fields, const DeliverySums& sums);

/// What these columns show of a tenant from that hour on, by stream. Streams of which nothing is known are absent.
base::Result<std::map<std::string, DeliverySums>> sum_streams(const store::HitStore& hits,
                                                              std::uint32_t tenant, std::uint32_t from_hour);

/// In percent with two decimals ("0.30": Google asks for complaints below that), rounded; none below kMinVolume, and where more was counted than its
/// base: the two come from different sources, and then the base is not known.
Value format_rate(std::uint64_t times, std::uint64_t base);

}  // namespace signpost::daemon::commands
