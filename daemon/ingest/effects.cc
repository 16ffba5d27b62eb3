#include "daemon/ingest/effects.h"

namespace signpost::daemon::ingest {

base::Result<std::vector<policy::Listing>> commit(const Effects& effects, const store::ReadMark& mark,
                                                  store::HitStore& store, policy::EventSink& events,
                                                  system::DaemonLog& log) {
  const auto outcome = store.commit(mark, effects.changes);
  if (!outcome) return tl::unexpected(outcome.error());
  for (const auto& [address, error] : outcome->refused)
    log.error("an address could not be added to the suppression list: " + error.text);
  for (const policy::Event& event : effects.events) events.write(event);
  std::vector<policy::Listing> fresh;
  for (const std::size_t at : outcome->fresh) fresh.push_back(effects.changes.listings[at].listing);
  return fresh;
}

}  // namespace signpost::daemon::ingest
