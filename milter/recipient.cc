#include "milter/recipient.h"

#include <string_view>
#include <utility>

#include "milter/record.h"
#include "policy/limits/limits.h"

namespace signpost::milter {
namespace {

using policy::Action;
using policy::Verdict;

constexpr std::string_view kMail = "mail";
constexpr std::string_view kRcpt = "rcpt";
constexpr std::string_view kHeaders = "headers";

/// Reserves what this recipient charges. The verdict of the limit that is full, or accept.
Verdict reserve_limits(Transaction& transaction, const Services& services, std::string_view stage,
                       const mail::Recipient& recipient) {
  const mail::Envelope& envelope = transaction.envelope;
  if (envelope.null_sender() || envelope.role == mail::Role::submit) return {};
  policy::Facts facts = transaction.facts(services);
  facts.recipient = &recipient;
  std::vector<std::string> messages_charged = transaction.messages_charged;
  const auto charges = policy::limits::charges_for_recipient(facts, messages_charged);
  if (charges.empty()) return {};
  auto reserved = services.limiter.reserve(charges, services.clock.steady());
  if (!reserved) return policy::limits::verdict_of(reserved.error());
  for (const policy::limits::LimitHit& hit : reserved->observed) {
    record_decision(services, transaction, stage, policy::limits::verdict_of(hit), &recipient);
  }
  if (reserved->id != 0) transaction.reservations.push_back(reserved->id);
  transaction.messages_charged = std::move(messages_charged);
  return {};
}

Verdict judge_listings(const Transaction& transaction, const Services& services, std::string_view stage,
                       const mail::Recipient& recipient) {
  policy::Facts facts = transaction.facts(services);
  facts.recipient = &recipient;
  policy::Judgement judgement = policy::judge(policy::Stage::rcpt, facts);
  for (const Verdict& observed : judgement.observed) {
    record_decision(services, transaction, stage, observed, &recipient);
  }
  return std::move(judgement.verdict);
}

/// Takes the recipient's trial, if its listings want one. Accept if the message may go.
Verdict begin_trial(Transaction& transaction, const Services& services, std::string_view stage,
                    const mail::Recipient& recipient) {
  if (services.probation == nullptr || transaction.observing()) return {};
  policy::Facts facts = transaction.facts(services);
  facts.recipient = &recipient;
  std::vector<policy::Listing> due = policy::trials_due(facts);
  if (due.empty()) return {};
  const auto begun = services.probation->begin(due, facts.now);
  Verdict verdict = policy::probation_verdict(facts, due.front(), begun);
  if (verdict.action != Action::observe) return verdict;
  record_decision(services, transaction, stage, verdict, &recipient);
  if (begun && *begun) transaction.trials.push_back({std::move(due), facts.now});
  return {};
}

void give_back_trials(Transaction& transaction, const Services& services, std::size_t from) {
  for (std::size_t i = from; i < transaction.trials.size(); ++i) {
    const Transaction::Trial& trial = transaction.trials[i];
    if (!services.probation->give_back(trial.listings, trial.begun)) ++services.counters.errors;
  }
  transaction.trials.resize(from);
}

/// Listings, probation, limits, in that order; what limits refuse uses up no trial.
Verdict judge_and_reserve(Transaction& transaction, const Services& services, std::string_view stage,
                          const mail::Recipient& recipient) {
  Verdict verdict = judge_listings(transaction, services, stage, recipient);
  if (verdict.action != Action::accept) return verdict;
  const std::size_t trials = transaction.trials.size();
  verdict = begin_trial(transaction, services, stage, recipient);
  if (verdict.action != Action::accept) return verdict;
  verdict = reserve_limits(transaction, services, stage, recipient);
  if (verdict.action != Action::accept) give_back_trials(transaction, services, trials);
  return verdict;
}

void drop(Transaction& transaction, mail::Recipient& recipient) {
  recipient.dropped = true;
  ++transaction.tally.recipients_dropped;
}

/// A refusal that nobody hears (local submission, or after RCPT): a refused recipient is dropped, a deferral
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
  Verdict heard;
  if (transaction.mail_verdict.action != Action::accept) {
    if (!transaction.envelope.local_submission) {
      heard = answer(transaction, services, kMail, transaction.mail_verdict, recipient);
    }
  } else if (transaction.judged()) {
    Verdict verdict = judge_and_reserve(transaction, services, kRcpt, recipient);
    if (verdict.action != Action::accept)
      heard = answer(transaction, services, kRcpt, std::move(verdict), recipient);
  }
  if (heard.action == Action::accept) transaction.envelope.recipients.push_back(std::move(recipient));
  return heard;
}

void judge_again(Transaction& transaction, const Services& services) {
  release_reservations(transaction, services);
  for (mail::Recipient& recipient : transaction.envelope.recipients) {
    if (recipient.dropped) continue;
    Verdict verdict = judge_listings(transaction, services, kHeaders, recipient);
    if (verdict.action == Action::accept) verdict = begin_trial(transaction, services, kHeaders, recipient);
    if (verdict.action == Action::accept) {
      verdict = reserve_limits(transaction, services, kHeaders, recipient);
      // A limit speaks for the whole message here: dropping its recipients would lose mail.
      if (verdict.action != Action::accept) {
        record_decision(services, transaction, kHeaders, verdict, &recipient);
        if (!transaction.observing()) transaction.late_verdict = std::move(verdict);
        return;
      }
      continue;
    }
    Verdict logged = verdict;
    if (verdict.action == Action::refuse) logged.action = Action::drop;
    record_decision(services, transaction, kHeaders, logged, &recipient);
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
