// A port whose name begins with signpost- and names no role is a misspelt configuration: its mail waits.
#include "policy/checks.h"

namespace signpost::policy {

Verdict check_role(const Facts& facts) {
  if (facts.envelope.role != mail::Role::unknown) return {};
  return {Action::defer, Why::bad_role, "role", {451, "4.3.0", "Temporary failure"}};
}

}  // namespace signpost::policy
