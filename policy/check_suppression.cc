// Asks the suppression list about one recipient. Which listing decides is policy/suppression; here that
// becomes an answer. Where nobody hears a refusal (local submission), the session makes a drop of it.
#include "policy/checks.h"

namespace signpost::policy {

namespace {

Verdict store_failed(bool fails_open) {
  if (fails_open) return {Action::observe, "store-unavailable", "suppression", {}};
  return {Action::defer, "store-unavailable", "suppression", {451, "4.3.0", "Temporary failure"}};
}

/// The client hears the reason only of its own listings: others' would tell it who complained elsewhere.
Reply refusal(const SuppressionAnswer& answer) {
  const std::string shown = answer.own_scope ? reason_word(answer.deciding.reason) : "policy";
  return {550, "5.7.1", "Recipient suppressed (" + shown + ")"};
}

}  // namespace

Verdict check_suppression(const Facts& facts) {
  const mail::Envelope& envelope = facts.envelope;
  if (!facts.recipient || !facts.recipient->address || !facts.suppressions) return {};
  if (envelope.null_sender() || envelope.role == mail::Role::egress) return {};
  const auto listings = facts.suppressions->find(*facts.recipient->address);
  if (!listings) return store_failed(facts.settings.suppression_fails_open);
  const SuppressionAnswer answer = decide(*listings, blocks_of(facts.settings, facts.tenant),
                                          facts.tenant.name, envelope.stream, facts.now);
  if (!answer.blocked) return {};
  const std::string rule = reason_word(answer.deciding.reason);
  switch (facts.tenant.suppression_action.value_or(facts.settings.suppression_action)) {
    case SuppressionAction::refuse:
      return {Action::refuse, "suppressed", rule, refusal(answer), answer.trap};
    case SuppressionAction::drop:
      return {Action::drop, "suppressed", rule, {}, answer.trap};
    case SuppressionAction::observe:
      return {Action::observe, "suppressed", rule, {}, answer.trap};
  }
  return {};
}

}  // namespace signpost::policy
