// What the suppression list needs from the configuration and the housekeeping: which tenants fold addresses,
// and sweeping.
#pragma once

#include "base/clock.h"
#include "policy/settings.h"
#include "store/store.h"
#include "system/daemon_log.h"

namespace signpost::daemon::upkeep {

store::list::Foldings foldings_of(const policy::Settings& settings);

/// One slice of the sweep; a task of daemon/upkeep/housekeeping. True if the round is not finished.
bool sweep_some(store::Store& store, const policy::Settings& settings, base::Wall now,
                system::DaemonLog& log);

/// Overwrites what erasures left in free pages; a task of the housekeeping.
void scrub(store::Store& store, system::DaemonLog& log);

}  // namespace signpost::daemon::upkeep
