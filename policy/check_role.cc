// A port whose name begins with signpost- and names no role is a misspelt configuration: its mail waits. One of role
// submit takes mail with a login, of this host or of trusted clients: a stranger's mail there would be signed as the
// site's own if a role alone could make it so.
#include "policy/checks.h"
#include "policy/tenant.h"

namespace signpost::policy {

Verdict check_role(const Facts& facts) {
  if (facts.envelope.role == mail::Role::unknown)
    return {Action::defer, Why::bad_role, "role", {451, "4.3.0", "Temporary failure"}};
  if (!is_strangers_submission(facts.envelope)) return {};
  constexpr const char* kText = "No mail without a login on this port";
  // A report must not be answered 5xx: whoever sent it would never try again.
  if (facts.envelope.null_sender())
    return {Action::defer, Why::strangers_submission, "role", {451, "4.7.1", kText}};
  return {Action::refuse, Why::strangers_submission, "role", {550, "5.7.1", kText}};
}

}  // namespace signpost::policy
