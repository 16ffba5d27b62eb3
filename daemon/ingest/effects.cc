#include "daemon/ingest/effects.h"

namespace signpost::daemon::ingest {

base::Result<Committed> commit(const Effects& effects, const store::ReadMark& mark, store::HitStore& store,
                               policy::EventSink& events, system::DaemonLog& log) {
  const auto outcome = store.commit(mark, effects.changes);
  if (!outcome) return tl::unexpected(outcome.error());
  for (const auto& [address, error] : outcome->refused)
    log.error("an address could not be added to the suppression list: " + error.text);
  for (const policy::Event& event : effects.events) events.write(event);
  Committed done;
  for (const std::size_t at : outcome->fresh) done.fresh.push_back(effects.changes.listings[at].listing);
  done.withdrawn = outcome->withdrawn;
  done.has_refused = !outcome->refused.empty();
  return done;
}

}  // namespace signpost::daemon::ingest
