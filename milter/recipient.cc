#include "milter/recipient.h"

#include <string_view>
#include <utility>

#include "milter/record.h"
#include "policy/judging.h"

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
  policy::Judged judged = policy::judge_recipient(transaction.mail_verdict, facts,
                                                  transaction.ports(services), transaction.messages_charged);
  recipient.no_tracking = judged.no_tracking;
  for (const Verdict& observed : judged.observed) {
    record_decision(services, transaction, stage, observed, &recipient);
  }
  if (judged.reservation != 0) transaction.reservations.push_back(judged.reservation);
  if (judged.trial.empty()) return judged;
  transaction.trials.push_back({std::move(judged.trial), facts.now});
  if (judged.verdict.action != Action::accept)
    give_back_trials(transaction, services, transaction.trials.size() - 1);
  return judged;
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
  const bool silent = transaction.envelope.local_submission;
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
  Verdict heard;
  // Local submission gets the verdict of MAIL at end of message, for all recipients together.
  if (judged.verdict.action != Action::accept && !(was_given && transaction.envelope.local_submission))
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

void release_reservations(Transaction& transaction, const Services& services) {
  const base::Steady now = services.clock.steady();
  for (policy::limits::ReservationId id : transaction.reservations) services.limiter.release(id, now);
  transaction.reservations.clear();
  transaction.messages_charged.clear();
  give_back_trials(transaction, services, 0);
}

}  // namespace signpost::milter
