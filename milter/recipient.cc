#include "milter/recipient.h"

#include <string_view>
#include <utility>

#include "milter/hold.h"
#include "milter/record.h"
#include "policy/judging.h"
#include "policy/limits/limits.h"

namespace signpost::milter {
namespace {

using policy::Action;
using policy::Verdict;

constexpr std::string_view kMail = "mail";
constexpr std::string_view kRcpt = "rcpt";
constexpr std::string_view kHeaders = "headers";

void give_back_trials(Transaction& transaction, const Services& services, std::size_t from) {
  for (std::size_t i = from; i < transaction.trials.size(); ++i) {
    const Transaction::Trial& trial = transaction.trials[i];
    if (!services.probation->give_back(trial.listings, trial.begun)) ++services.counters.errors;
  }
  transaction.trials.resize(from);
}

/// Asks policy, logs what it only observed, and keeps what it reserved; a trial that was begun for a refused
/// recipient is given back at once.
policy::Judged judge_and_take(Transaction& transaction, const Services& services, std::string_view stage,
                              mail::Recipient& recipient) {
  policy::Facts facts = transaction.facts(services);
  facts.recipient = &recipient;
  policy::Trace trace;
  policy::Judged judged =
      policy::judge_recipient(transaction.mail_verdict, facts, transaction.ports(services),
                              transaction.messages_charged, services.traces != nullptr ? &trace : nullptr);
  if (services.traces != nullptr) services.traces->add(&recipient, trace);
  recipient.no_tracking = judged.no_tracking;
  for (const Verdict& observed : judged.observed) {
    record_decision(services, transaction, stage, observed, &recipient);
  }
  if (judged.reservation != 0) transaction.reservations.push_back(judged.reservation);
  if (!judged.held.empty()) {
    record_decision(services, transaction, stage, judged.hold, &recipient);
    note_held(transaction, judged);
  }
  if (judged.trial.empty()) return judged;
  transaction.trials.push_back({std::move(judged.trial), facts.now});
  if (judged.verdict.action != Action::accept)
    give_back_trials(transaction, services, transaction.trials.size() - 1);
  return judged;
}

/// Nobody there hears an answer to RCPT.
bool is_silent(const Transaction& transaction) {
  return transaction.envelope.local_submission;
}

/// Mail from this host without a login: whose it is, the header tells.
bool is_doubtful(const Transaction& transaction) {
  const mail::Envelope& envelope = transaction.envelope;
  return !envelope.origin_settled && envelope.origin == mail::Origin::made_here;
}

void drop(Transaction& transaction, mail::Recipient& recipient) {
  recipient.dropped = true;
  ++transaction.tally.recipients_dropped;
}

/// A refusal that would reach no one (local submission, or after RCPT): a refused recipient is dropped, a deferral
/// waits for end of message.
void keep_for_the_end(Transaction& transaction, const Verdict& verdict, mail::Recipient& recipient) {
  if (verdict.action == Action::defer) {
    transaction.late_verdict = verdict;
  } else {
    drop(transaction, recipient);
    if (verdict.action == Action::refuse) transaction.blocked = verdict;
  }
}

Verdict answer(Transaction& transaction, const Services& services, std::string_view stage, Verdict verdict,
               mail::Recipient& recipient) {
  // A filter that handed back a stranger's mail would send it back to him.
  const bool silent =
      is_silent(transaction) ||
      (is_doubtful(transaction) && (verdict.action == Action::defer || transaction.seems_strangers));
  Verdict logged = verdict;
  if (silent && verdict.action == Action::refuse) logged.action = Action::drop;
  record_decision(services, transaction, stage, logged, &recipient);
  if (transaction.observing()) return {};
  if (verdict.action == Action::drop || silent) {
    keep_for_the_end(transaction, verdict, recipient);
    return {};
  }
  if (verdict.action == Action::defer) {
    ++transaction.tally.recipients_deferred;
    ++services.counters.recipients_deferred;
  } else {
    ++transaction.tally.recipients_refused;
    ++services.counters.recipients_refused;
  }
  return verdict;
}

}  // namespace

void judge_sender(Transaction& transaction, const Services& services, std::string_view stage) {
  if (services.counters.draining) {
    transaction.mail_verdict = {
        Action::defer, policy::Why::shutting_down, {}, {451, "4.3.2", "Shutting down, try again"}};
    return;
  }
  transaction.mail_verdict = {};
  if (!transaction.tenant) return;
  if (services.counters.store_closed) {
    transaction.mail_verdict = {
        Action::defer, policy::Why::store_unavailable, "store", {451, "4.3.0", "Temporary failure"}};
    return;
  }
  policy::Judgement judgement = policy::judge(policy::Stage::mail, transaction.facts(services));
  for (const Verdict& observed : judgement.observed) {
    record_decision(services, transaction, stage, observed, nullptr);
  }
  transaction.mail_verdict = std::move(judgement.verdict);
}

Verdict judge_recipient(Transaction& transaction, const Services& services, mail::Recipient recipient) {
  ++services.counters.recipients;
  policy::Judged judged;
  if (transaction.tenant != nullptr) {
    judged = judge_and_take(transaction, services, kRcpt, recipient);
  } else {  // not outbound: only a daemon that is stopping answers otherwise
    judged.verdict = transaction.mail_verdict;
    judged.decided_by = policy::Part::given;
  }
  const bool was_given = judged.decided_by == policy::Part::given;
  // Here, not at MAIL: a port that demands a login asks about no recipient without one.
  if (was_given && judged.verdict.reason == policy::Why::strangers_submission)
    ++services.counters.strangers_submissions;
  Verdict heard;
  // Local submission gets the verdict of MAIL at end of message, for all recipients together.
  const bool waits = was_given && (is_silent(transaction) || is_doubtful(transaction));
  if (judged.verdict.action != Action::accept && !waits)
    heard = answer(transaction, services, was_given ? kMail : kRcpt, std::move(judged.verdict), recipient);
  if (heard.action == Action::accept) transaction.envelope.recipients.push_back(std::move(recipient));
  return heard;
}

void judge_again(Transaction& transaction, const Services& services) {
  if (transaction.mail_verdict.action != Action::accept) return;  // it stands, whatever the stream
  release_reservations(transaction, services);
  for (mail::Recipient& recipient : transaction.envelope.recipients) {
    if (recipient.dropped) continue;
    policy::Judged judged = judge_and_take(transaction, services, kHeaders, recipient);
    Verdict& verdict = judged.verdict;
    if (verdict.action == Action::accept) continue;
    // A full limit holds for the whole message here: dropping its recipients would lose mail.
    const bool for_all = judged.decided_by == policy::Part::limit;
    Verdict logged = verdict;
    if (!for_all && verdict.action == Action::refuse) logged.action = Action::drop;
    record_decision(services, transaction, kHeaders, logged, &recipient);
    if (for_all) {
      if (!transaction.observing()) transaction.late_verdict = std::move(verdict);
      return;
    }
    if (!transaction.observing()) keep_for_the_end(transaction, verdict, recipient);
  }
}

void judge_anew(Transaction& transaction, const Services& services) {
  release_reservations(transaction, services);
  transaction.late_verdict.reset();
  transaction.blocked.reset();
  transaction.tally.recipients_dropped = 0;
  for (mail::Recipient& recipient : transaction.envelope.recipients)
    recipient.dropped = recipient.no_tracking = false;
  const bool was_ending = transaction.mail_verdict.reason == policy::Why::shutting_down;
  if (was_ending) return;
  judge_sender(transaction, services, kHeaders);
  if (transaction.tenant != nullptr) judge_again(transaction, services);
}

void refuse_what_never_fits(Transaction& transaction, const Services& services) {
  const auto& late = transaction.late_verdict;
  if (!late || late->reason != policy::Why::limit || late->action != Action::defer) return;
  std::vector<policy::limits::Charge> charges;
  std::vector<std::string> messages_charged;
  for (const mail::Recipient& recipient : transaction.envelope.recipients) {
    if (recipient.dropped) continue;
    policy::Facts facts = transaction.facts(services);
    facts.recipient = &recipient;
    for (policy::limits::Charge& charge : policy::limits::charges_for_recipient(facts, messages_charged))
      charges.push_back(std::move(charge));
  }
  const policy::limits::Charge* never = policy::limits::never_fits(charges);
  if (never == nullptr) return;
  if (!never->limit->burst) {
    transaction.late_verdict = policy::limits::verdict_of_never(*never);
    return;
  }
  // A pace lets more than its burst through at once when nothing is in the bucket.
  const base::Steady now = services.clock.steady();
  for (policy::limits::ReservationId id : transaction.reservations) services.limiter.release(id, now);
  transaction.reservations.clear();
  std::erase_if(charges, [](const policy::limits::Charge& charge) { return charge.amount == 0; });
  const auto reserved = services.limiter.reserve(charges, now);
  if (!reserved) return;
  transaction.reservations.push_back(reserved->id);
  transaction.late_verdict.reset();
}

void charge_reinjected(Transaction& transaction, const Services& services) {
  const policy::LimitSettings& limit = transaction.snapshot->policy.reinjected_limit;
  if (transaction.envelope.origin != mail::Origin::reinjected || transaction.judged()) return;
  if (limit.rates.empty() || transaction.observing()) return;
  const auto reserved = services.limiter.reserve({{&limit, {}, transaction.envelope.recipients.size()}},
                                                 services.clock.steady());
  if (reserved) {
    transaction.reservations.push_back(reserved->id);
  } else {
    transaction.mail_verdict = policy::limits::verdict_of(reserved.error());
  }
}

void release_reservations(Transaction& transaction, const Services& services) {
  const base::Steady now = services.clock.steady();
  for (policy::limits::ReservationId id : transaction.reservations) services.limiter.release(id, now);
  transaction.reservations.clear();
  transaction.messages_charged.clear();
  transaction.held.clear();
  transaction.hold = {};
  give_back_trials(transaction, services, 0);
}

}  // namespace signpost::milter
