#include "daemon/commands/explanation.h"

#include <utility>

#include "base/ip.h"
#include "mail/readings.h"
#include "policy/tenant.h"

namespace signpost::daemon::commands {
namespace {

using policy::Action;

/// The sender if none is named: not null, and one that the tenant may use.
constexpr const char* kAnySender = "any-sender";

void set_sender(const Question& question, mail::Envelope& envelope) {
  envelope.sender_given = question.sender.value_or(kAnySender);
  if (!question.sender || envelope.null_sender()) return;
  if (auto parsed = mail::parse_address(envelope.sender_given)) envelope.sender = std::move(*parsed);
}

void set_client(const Question& question, mail::Envelope& envelope) {
  envelope.login = question.login;
  envelope.client = question.client;
  envelope.local_submission = question.login.empty() && !question.client;
  if (envelope.local_submission) envelope.client = mail::kLocalClient;
}

/// Tenant and stream too.
void imagine(const Question& question, Explanation& made) {
  const policy::Settings& settings = made.snapshot->policy;
  mail::Envelope& envelope = made.envelope;
  set_sender(question, envelope);
  set_client(question, envelope);
  envelope.role = question.role;
  made.tenant = policy::identify_unsealed(settings, envelope, question.origin);
  if (made.tenant == nullptr) {
    made.tenant = &policy::resolve_tenant(settings, envelope);
    envelope.stream = policy::stream_by_rules(*made.tenant, envelope);
  }
  if (!question.sender && !made.tenant->sender_domains.empty())
    envelope.sender = mail::Address{kAnySender, made.tenant->sender_domains.front()};
  if (!question.stream.empty()) envelope.stream = question.stream;
  made.recipient = mail::read_recipient(question.recipient, {}, {});
}

}  // namespace

policy::Facts Explanation::facts() const {
  policy::Facts facts{snapshot->policy, *overrides, envelope, *tenant};
  facts.recipient = &recipient;
  facts.now = now;
  return facts;
}

Explanation explain(const Question& question, std::shared_ptr<const milter::Snapshot> snapshot,
                    std::shared_ptr<const policy::limits::Overrides> overrides, policy::Ports ports,
                    base::Wall now) {
  Explanation made;
  made.snapshot = std::move(snapshot);
  made.overrides = std::move(overrides);
  made.now = now;
  imagine(question, made);
  ports.mode = policy::Ports::Mode::ask;
  if (made.snapshot->milter.observe) ports.probation = nullptr;
  const policy::Facts facts = made.facts();
  if (!made.outbound()) {
    const bool came_back = made.envelope.origin == mail::Origin::reinjected;
    made.verdict = {Action::pass, came_back ? policy::Why::reinjected : policy::Why::not_outbound};
    made.message = made.verdict;
    if (made.recipient.address) made.trace.listings = ports.suppressions.find(*made.recipient.address);
    return made;
  }
  policy::Facts whole = facts;
  whole.recipient = nullptr;
  const policy::Judgement sender = policy::judge(policy::Stage::mail, whole, &made.trace);
  std::vector<std::string> messages_charged;
  const auto heard = [](policy::Judged judged) {
    return judged.held.empty() ? std::move(judged.verdict) : std::move(judged.hold);
  };
  made.verdict = heard(policy::judge_recipient(sender.verdict, facts, ports, messages_charged, &made.trace));
  made.message = heard(policy::judge_message({}, whole, 1, ports, &made.trace));
  return made;
}

}  // namespace signpost::daemon::commands
