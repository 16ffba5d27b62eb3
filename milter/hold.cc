#include "milter/hold.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "base/text.h"
#include "mail/field/date.h"
#include "mail/field/send_at.h"
#include "milter/plan.h"
#include "policy/checks.h"

namespace signpost::milter {
namespace {

using policy::Action;
using policy::Verdict;
using policy::Why;
using policy::limits::HeldCharge;

constexpr std::chrono::minutes kLate{5};   ///< so late, a queue may have handed it in: it is sent at once
constexpr std::chrono::seconds kSoon{10};  ///< not worth holding
constexpr std::chrono::days kAhead{30};
constexpr std::chrono::days kReported{7};  ///< after it is sent, most reports have come back
constexpr std::size_t kShown = 40;

/// Without brackets.
std::string bare(std::string_view address) {
  if (address.starts_with('<')) address.remove_prefix(1);
  if (address.ends_with('>')) address.remove_suffix(1);
  return std::string(address);
}

policy::limits::HeldMessage held_message(const Transaction& transaction, const Services& services,
                                         base::Wall now) {
  const mail::Envelope& envelope = transaction.envelope;
  policy::limits::HeldMessage message;
  message.id = envelope.id;
  message.queue_id = envelope.queue_id;
  message.tenant = envelope.tenant;
  message.stream = envelope.stream;
  message.login = envelope.login;
  message.sender = bare(envelope.sender_given);
  for (const mail::Recipient& recipient : envelope.recipients) {
    if (recipient.dropped) continue;
    message.recipients.push_back(bare(recipient.given));
    policy::Facts facts = transaction.facts(services);
    facts.recipient = &recipient;
    if (!policy::is_listable(facts)) continue;
    message.listable.push_back(mail::canonical_key(*recipient.address));
    for (const mail::Address& other : recipient.also) message.listable.push_back(mail::canonical_key(other));
  }
  message.judged_at_submit = policy::was_judged_at_submit(envelope);
  message.charges = transaction.held;
  message.since = now;
  message.due = transaction.due;
  message.signatures = transaction.tally.signatures;
  message.signatures.insert(message.signatures.end(), transaction.tally.kept.begin(),
                            transaction.tally.kept.end());
  const auto lifetime = transaction.snapshot->dkim.expiry_of(envelope.stream);
  if (lifetime && !transaction.tally.signatures.empty())
    message.expires = std::max(now, message.due) + *lifetime;
  return message;
}

Verdict unavailable(const Transaction& transaction) {
  return {Action::defer, Why::hold_unavailable, transaction.hold.rule, {451, "4.3.0", "Temporary failure"}};
}

/// It does not go out, so it was not signed.
Outcome not_now(Transaction& transaction, Verdict verdict) {
  transaction.tally.signatures.clear();
  return {std::move(verdict), {}, {}};
}

}  // namespace

void note_held(Transaction& transaction, const policy::Judged& judged) {
  for (const HeldCharge& charge : judged.held) {
    const auto same = std::find_if(
        transaction.held.begin(), transaction.held.end(),
        [&](const HeldCharge& one) { return one.limit == charge.limit && one.key == charge.key; });
    if (same == transaction.held.end()) {
      transaction.held.push_back(charge);
    } else {
      same->amount += charge.amount;
    }
  }
  if (transaction.hold.action == policy::Action::accept) transaction.hold = judged.hold;
}

void schedule(Transaction& transaction, const Services& services) {
  if (transaction.observing() || was_judged_before(transaction) || transaction.late_verdict) return;
  const auto& fields = transaction.header.fields();
  const mail::Field* field = mail::find_field(fields, mail::kSendAtField);
  if (field == nullptr) return;
  const auto refuse = [&](const std::string& why) {
    transaction.late_verdict = Verdict{Action::refuse,
                                       Why::bad_send_at,
                                       "send-at",
                                       {550, "5.6.0", std::string(mail::kSendAtField) + ": " + why}};
  };
  const auto is_one = [](const mail::Field& one) { return mail::has_name(one, mail::kSendAtField); };
  if (std::count_if(fields.begin(), fields.end(), is_one) > 1) return refuse("the field is there twice");
  const std::string text(base::trim(mail::unfold(field->value)));
  const auto due = mail::parse_send_at(text);
  if (!due) return refuse("'" + text.substr(0, kShown) + "' " + due.error().text);
  if (services.holds == nullptr) return refuse("mail cannot be sent later here (hold.socket is not set)");
  if (transaction.envelope.null_sender()) return refuse("mail without a sender cannot be sent later");
  if (transaction.envelope.role == mail::Role::submit)
    return refuse("mail cannot be sent later from a port of role signpost-submit");
  const base::Wall now = services.clock.wall();
  if (now - *due > kLate) return refuse(base::format_time(*due) + " is in the past");
  if (*due - now > kAhead) return refuse(base::format_time(*due) + " is more than 30 days ahead");
  if (*due - now >= kSoon) transaction.due = *due;
}

void date_as_sent(const Transaction& transaction, Draft& draft) {
  if (transaction.due == base::Wall{}) return;
  std::string value = " " + mail::format_date(transaction.due);
  const mail::Field* date = mail::find_field(draft.fields(), "Date");
  if (date == nullptr) {
    draft.edit(mail::AppendField{"Date", std::move(value)});
  } else {
    draft.edit(mail::ChangeField{date->name, 1, date->value, std::move(value)});
  }
}

dkim::Settings signing_settings(const Transaction& transaction, base::Wall now) {
  dkim::Settings settings = transaction.snapshot->dkim;
  const auto lifetime = settings.expiry_of(transaction.envelope.stream);
  settings.stream_expiry.clear();
  if (lifetime)
    settings.expire_after = *lifetime + std::chrono::ceil<std::chrono::seconds>(transaction.due - now);
  return settings;
}

bool is_to_be_held(const Transaction& transaction) {
  return !transaction.held.empty() || transaction.due != base::Wall{};
}

Outcome hold(Transaction& transaction, const Services& services, Outcome outcome) {
  if (transaction.held.empty()) transaction.hold = {Action::hold, Why::send_at, "send-at", {}};
  const base::Wall now = services.clock.wall();
  if (!transaction.return_path.empty() &&
      transaction.due + kReported > now + transaction.snapshot->feedback.expires)
    return not_now(transaction, {Action::refuse,
                                 Why::bad_send_at,
                                 "send-at",
                                 {550, "5.6.0",
                                  std::string(mail::kSendAtField) +
                                      ": what comes back for the message would not be believed any more "
                                      "(feedback.expires)"}});
  // Nobody could be told if it were never released.
  if (transaction.envelope.null_sender())
    return not_now(transaction,
                   {Action::defer,
                    transaction.hold.reason,
                    transaction.hold.rule,
                    {451, "4.7.1", "Mail without a sender is not held (" + transaction.hold.rule + ")"}});
  if (transaction.envelope.queue_id.empty() || services.holds == nullptr)
    return not_now(transaction, unavailable(transaction));
  const auto added = services.holds->add(held_message(transaction, services, now));
  if (!added) {
    ++services.counters.errors;
    return not_now(transaction, unavailable(transaction));
  }
  transaction.is_announced = true;
  outcome.verdict = transaction.hold;
  return outcome;
}

void give_up_hold(const Transaction& transaction, const Services& services) {
  if (transaction.is_announced) services.holds->give_up(transaction.envelope.id);
}

}  // namespace signpost::milter
