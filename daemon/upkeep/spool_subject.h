// What lies in the web program's spool about one person, for `subject show` and `subject erase`. Shows the hits whose
// tokens name them; to erase, it waits until daemon/ingest/ingest has taken in all that waits and removed it, because an
// opt-out among it must not be lost: the list then keeps it as a hash.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/upkeep/subject.h"
#include "mail/address.h"
#include "milter/services.h"
#include "policy/fields.h"

namespace signpost::daemon::upkeep {

inline constexpr std::size_t kMaxShownHits = 1000;

/// One line of fields a hit, oldest segment first, whether or not it was taken in by now; at most kMaxShownHits. What could
/// not be read, and whether there is more, is a line "unread". Reads the whole spool: seconds for a full one, and no
/// longer than `patience`; ends as soon as `stops` says so. Empty if there is no spool.
std::vector<policy::Fields> show_spooled(const std::string& spool, const mail::Address& person,
                                         const milter::Snapshot& snapshot, std::chrono::milliseconds patience,
                                         const std::function<bool()>& stops);

/// Returns when no segment that holds a hit now is left. Error `unavailable` after `patience`, as soon as `stops` says so,
/// and if there are more segments than the reader looks at: which segment is still there, and what to do.
base::Result<void> wait_until_taken_in(const std::string& spool, std::chrono::milliseconds patience,
                                       const std::function<bool()>& stops);

/// Both; the arguments must outlive it.
SubjectSource spool_source(const std::string& spool, const milter::Services& services);

}  // namespace signpost::daemon::upkeep
