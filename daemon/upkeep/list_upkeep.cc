#include "daemon/upkeep/list_upkeep.h"

#include <algorithm>
#include <map>

namespace signpost::daemon::upkeep {

store::list::Foldings foldings_of(const policy::Settings& settings) {
  std::map<std::string, mail::Folds> tenants;
  for (const policy::Tenant& tenant : settings.tenants) tenants[tenant.name] = tenant.folds();
  return store::list::Foldings(tenants);
}

bool sweep_some(store::Store& store, const policy::Settings& settings, base::Wall now,
                system::DaemonLog& log) {
  const auto done = store.sweep().slice(now - std::max(settings.keep_ended, settings.probation));
  if (!done) {
    log.warning("removing expired entries from the list: " + done.error().text);
    return false;
  }
  if (done->removed > 0)
    log.debug("removed " + std::to_string(done->removed) + " expired entries from the list");
  return !done->at_end;
}

void scrub(store::Store& store, system::DaemonLog& log) {
  const auto pages = store.scrub().run();
  if (!pages) log.warning("overwriting free pages of the store: " + pages.error().text);
}

}  // namespace signpost::daemon::upkeep
