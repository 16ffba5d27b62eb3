// What the suppression list says of one recipient. Which listing decides is policy/suppression; here that
// becomes an answer. Where a refusal would reach no one (local submission), the session makes a drop of it.
#include "policy/checks.h"

namespace signpost::policy {

namespace {

Verdict store_failed(bool fails_open) {
  if (fails_open) return {Action::observe, Why::store_unavailable, "suppression", {}};
  return {Action::defer, Why::store_unavailable, "suppression", {451, "4.3.0", "Temporary failure"}};
}

/// The client hears the reason only of its own listings: others' would tell it who complained elsewhere.
Reply refusal(const SuppressionAnswer& answer) {
  const std::string shown = answer.own_scope ? reason_word(answer.deciding.reason) : "policy";
  return {550, "5.7.1", "Recipient suppressed (" + shown + ")"};
}

SuppressionAction action_of(const Facts& facts) {
  if (was_judged_at_submit(facts.envelope) && facts.settings.egress_suppression)
    return *facts.settings.egress_suppression;
  return facts.tenant.suppression_action.value_or(facts.settings.suppression_action);
}

Verdict blocked_verdict(const Facts& facts, const SuppressionAnswer& answer) {
  const std::string rule = reason_word(answer.deciding.reason);
  switch (action_of(facts)) {
    case SuppressionAction::refuse:
      return {Action::refuse, Why::suppressed, rule, refusal(answer), answer.trap};
    case SuppressionAction::drop:
      return {Action::drop, Why::suppressed, rule, {}, answer.trap};
    case SuppressionAction::observe:
      return {Action::observe, Why::suppressed, rule, {}, answer.trap};
  }
  return {};
}

}  // namespace

bool is_listable(const Facts& facts) {
  if (!facts.recipient || !facts.recipient->address) return false;
  if (facts.envelope.is_report()) return false;
  return !was_judged_at_submit(facts.envelope) || facts.settings.egress_suppression.has_value();
}

SuppressionAnswer decide_listings(const Facts& facts, const std::vector<Listing>& listings) {
  return decide(listings, blocks_of(facts.settings, facts.tenant), facts.tenant.name, facts.envelope.stream,
                facts.now,
                was_judged_at_submit(facts.envelope) ? std::chrono::seconds{0} : facts.settings.probation);
}

Verdict check_suppression(const Facts& facts) {
  if (!facts.listed) return {};
  const base::Result<SuppressionAnswer>& answer = *facts.listed;
  if (!answer) return store_failed(facts.settings.suppression_fails_open);
  return answer->blocked ? blocked_verdict(facts, *answer) : Verdict{};
}

Verdict probation_verdict(const Facts& facts, const Listing& listing, const base::Result<bool>& begun) {
  if (!begun) return store_failed(facts.settings.suppression_fails_open);
  if (*begun) return {Action::observe, Why::probation, reason_word(listing.reason), {}};
  SuppressionAnswer answer;
  answer.deciding = listing;
  answer.own_scope = !listing.tenant.empty();
  return blocked_verdict(facts, answer);
}

}  // namespace signpost::policy
