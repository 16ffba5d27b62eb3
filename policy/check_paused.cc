// An operator stopped this tenant: its mail waits at the client or in the queue, and nothing is lost. Reports of the
// MTA about its earlier mail go on: deferred, each would be tried again as long as the pause lasts.
#include "policy/checks.h"

namespace signpost::policy {

Verdict check_paused(const Facts& facts) {
  if (facts.envelope.is_report()) return {};
  if (!facts.overrides.is_paused(facts.tenant.name, facts.now)) return {};
  return {Action::defer, Why::tenant_paused, "paused", {451, "4.7.1", "Tenant paused"}};
}

}  // namespace signpost::policy
