// May the tenant use this envelope sender? The null sender may be used by everyone. Who may stand in From is
// check_author's question.
#include "policy/checks.h"
#include "policy/tenant.h"

namespace signpost::policy {

namespace {

Verdict refuse(Why reason, const char* enhanced, const char* text) {
  return {Action::refuse, reason, "sender", {550, enhanced, text}};
}

Verdict not_allowed() {
  return refuse(Why::sender_not_allowed, "5.7.1", "Sender not allowed for this account");
}

/// What follows the last "@" of the argument of MAIL; empty if there is none.
std::string_view domain_text(std::string_view given) {
  if (given.ends_with('>')) given.remove_suffix(1);
  const std::size_t at = given.rfind('@');
  return at == std::string_view::npos ? std::string_view() : given.substr(at + 1);
}

/// A sender that does not parse as a whole may still show its domain (a local part of more than 64 octets is
/// common in return paths). One without a domain gets the MTA's own, which we do not know: good enough for a
/// tenant that is bound to no domains.
Verdict judge_unread(const Facts& facts) {
  // The MTA spells such a sender anew on the way to the next hop: the seal would not open there.
  if (facts.envelope.role == mail::Role::submit)
    return refuse(Why::bad_sender, "5.1.7", "Bad sender address");
  const std::string_view text = domain_text(facts.envelope.sender_given);
  if (text.empty()) return !facts.tenant.is_bound() ? Verdict{} : not_allowed();
  const auto domain = mail::canonical_domain(text);
  if (!domain) return refuse(Why::bad_sender, "5.1.7", "Bad sender address");
  return may_send_as(facts.settings, facts.tenant, *domain) ? Verdict{} : not_allowed();
}

}  // namespace

Verdict check_sender(const Facts& facts) {
  const mail::Envelope& envelope = facts.envelope;
  if (envelope.null_sender() || was_judged_at_submit(envelope)) return {};
  if (!envelope.sender) return judge_unread(facts);
  // A filter handed the message back, with the sender that we gave it.
  if (envelope.return_path_of && *envelope.return_path_of == facts.tenant.id()) return {};
  return may_send_as(facts.settings, facts.tenant, *envelope.sender) ? Verdict{} : not_allowed();
}

}  // namespace signpost::policy
