// A tenant bound to sender domains or senders may show no other in From. For tenants that are not bound, a foreign From
// is left to the signing rules ([dkim] foreign_from).
#include <algorithm>

#include "mail/field/author.h"
#include "policy/checks.h"
#include "policy/tenant.h"

namespace signpost::policy {

namespace {

Verdict refuse(Why reason, const char* text) {
  return {Action::refuse, reason, "author", {550, "5.7.1", text}};
}

}  // namespace

/// Each From field and each mailbox in it counts, because any of them may be the one that is shown. A field
/// that cannot be read is refused too: else a broken quote would be a way around the bound.
Verdict check_author(const Facts& facts) {
  const mail::Envelope& envelope = facts.envelope;
  if (!facts.fields || !facts.tenant.is_bound()) return {};
  if (envelope.is_report() || was_judged_at_submit(envelope)) return {};
  for (const mail::Field& field : *facts.fields) {
    if (!mail::has_name(field, "From")) continue;
    const auto addresses = mail::parse_address_list(field.value);
    if (!addresses) return refuse(Why::bad_from, "From cannot be read");
    const bool own = std::all_of(addresses->begin(), addresses->end(), [&](const mail::Address& address) {
      return may_send_as(facts.settings, facts.tenant, address);
    });
    if (!own) return refuse(Why::from_not_allowed, "Sender not allowed for this account");
  }
  return {};
}

}  // namespace signpost::policy
