// What the list wants of the configuration and of the daemon's house: which tenants fold addresses, and
// sweeping.
#pragma once

#include "base/clock.h"
#include "policy/settings.h"
#include "programs/daemon_log.h"
#include "store/store.h"

namespace signpost::programs {

store::Foldings foldings_of(const policy::Settings& settings);

/// One slice of the sweep; a task of the house (programs/housekeeping). True if the round goes on.
bool sweep_some(store::Store& store, const policy::Settings& settings, base::Wall now, DaemonLog& log);

/// Overwrites what erasures left in free pages; a task of the house.
void scrub(store::Store& store, DaemonLog& log);

}  // namespace signpost::programs
