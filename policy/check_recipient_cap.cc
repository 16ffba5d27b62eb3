// How many recipients one message may have. RFC 5321 §4.5.3.1.10: whoever comes too late hears 452, and the client
// sends to the rest in another message. Where no answer at RCPT is heard, or the header tells whose mail it is, the message
// as a whole is refused: it would never get fewer recipients by waiting.
#include <algorithm>
#include <cstddef>

#include "policy/checks.h"

namespace signpost::policy {

namespace {

constexpr const char* kRule = "recipient_cap";

/// Pickup hears nothing at RCPT, and whose mail of this host without a login is, the header tells.
bool is_heard(const mail::Envelope& envelope) {
  const bool is_doubtful = !envelope.origin_settled && envelope.origin == mail::Origin::made_here;
  return !envelope.local_submission && !is_doubtful;
}

}  // namespace

/// What leaves by role egress was judged at submit; aliases may have added recipients since.
Verdict check_recipient_cap(const Facts& facts) {
  const mail::Envelope& envelope = facts.envelope;
  const auto& accepted = envelope.recipients;
  const auto cap = facts.tenant.max_recipients_of(envelope.login);
  if (!cap || accepted.size() < *cap || envelope.is_report() || was_judged_at_submit(envelope)) return {};
  const auto count = static_cast<std::uint64_t>(std::count_if(
      accepted.begin(), accepted.end(), [](const mail::Recipient& recipient) { return !recipient.dropped; }));
  const std::string text = "Too many recipients, at most " + std::to_string(*cap) + " a message";
  if (facts.recipient == nullptr)
    return count <= *cap ? Verdict{}
                         : Verdict{Action::refuse, Why::too_many_recipients, kRule, {550, "5.5.3", text}};
  // One that is judged again was accepted already: the message decides.
  const bool is_new = std::none_of(accepted.begin(), accepted.end(), [&](const mail::Recipient& recipient) {
    return &recipient == facts.recipient;
  });
  if (count < *cap || !is_new || !is_heard(envelope)) return {};
  return {Action::defer, Why::too_many_recipients, kRule, {452, "4.5.3", text}};
}

}  // namespace signpost::policy
