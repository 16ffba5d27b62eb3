// The table of checks: their order is the order in which they speak. CONTRIBUTING.md says how to add one.
#include "policy/checks.h"

namespace signpost::policy {

bool was_judged_at_submit(const mail::Envelope& envelope) {
  return envelope.role == mail::Role::egress && envelope.origin == mail::Origin::sealed;
}

const std::vector<Check>& checks() {
  static const std::vector<Check> kChecks = {
      {"role", Stage::mail,
       "If the port's name begins with signpost-, it names a known role; for submit, the mail is the site's "
       "own.",
       check_role},
      {"paused", Stage::mail, "The tenant is not paused.", check_paused},
      {"sender", Stage::mail, "The envelope sender belongs to the tenant, or its domain to no tenant.",
       check_sender},
      {"recipient", Stage::rcpt, "The recipient is an address that can be looked up in the suppression list.",
       check_recipient},
      {"suppression", Stage::rcpt, "No listing blocks the recipient for this tenant and stream.",
       check_suppression},
      {"recipient_cap", Stage::rcpt, "The message has no more recipients than tenant and login may use.",
       check_recipient_cap},
      {"author", Stage::message,
       "The From field stays within the domains and senders that the tenant may use.", check_author},
      {"recipient_cap", Stage::message, "The same, where an answer at RCPT would not be heard.",
       check_recipient_cap},
  };
  return kChecks;
}

}  // namespace signpost::policy
