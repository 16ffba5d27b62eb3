// What every kind of feedback becomes: changes of the store and lines of the log, committed together with a mark of
// how far the feedback was read. One function for each kind decides what a fact causes (daemon/ingest/hit_effect)
// and stores nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "policy/event.h"
#include "policy/suppression.h"
#include "store/changes.h"
#include "store/hit_store.h"
#include "system/daemon_log.h"

namespace signpost::daemon::ingest {

/// What a batch of facts causes.
struct Effects {
  store::Changes changes;
  std::vector<policy::Event> events;  ///< written once the changes are on disk
  std::uint64_t genuine = 0;          ///< facts that proved genuine
  std::uint64_t refused = 0;          ///< facts that did not
};

struct Committed {
  std::vector<policy::Listing> fresh;  ///< of recipients who were not listed before
  std::vector<std::size_t> withdrawn;  ///< indexes of Changes::withdrawals whose entry went
  bool has_refused = false;            ///< an address could not be listed; the daemon's log says why
};

/// Commits the changes with the mark; then writes the events, and a line of the daemon's log for each address that
/// could not be listed. An address that cannot be listed does not prevent the
/// rest. After an error nothing was
/// done: the same stretch is to be taken again. Killed in between, a line of the log may be lost, a change never.
base::Result<Committed> commit(const Effects& effects, const store::ReadMark& mark, store::HitStore& store,
                               policy::EventSink& events, system::DaemonLog& log);

}  // namespace signpost::daemon::ingest
