// Whether a report proves who sent it: RFC 9477 §3 takes complaints only from those who sign them.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "dkim/verify.h"

namespace signpost::daemon::ingest {

/// True if a DKIM signature by the domain of the report's From, or by a parent of it, holds. Asks `lookup` for at most
/// kMaxSignatures keys. Error `unavailable`: it cannot be known now.
base::Result<bool> is_signed_by_author(std::string_view raw, const dkim::RecordLookup& lookup,
                                       base::Wall now);

inline constexpr std::size_t kMaxSignatures = 3;

}  // namespace signpost::daemon::ingest
