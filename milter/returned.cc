#include "milter/returned.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "mail/address.h"
#include "milter/seal.h"
#include "milter/services.h"
#include "milter/transaction.h"
#include "policy/own_report.h"

namespace signpost::milter {
namespace {

using policy::Action;
using policy::Why;

/// What stands before and behind the last "@", also of an address that does not parse: strangers choose the local part.
std::pair<std::string_view, std::string_view> cut(std::string_view given) {
  if (given.starts_with('<')) given.remove_prefix(1);
  if (given.ends_with('>')) given.remove_suffix(1);
  const std::size_t at = given.rfind('@');
  if (at == given.npos) return {given, {}};
  return {given.substr(0, at), given.substr(at + 1)};
}

bool is_returned(const Transaction& transaction, const mail::Recipient& recipient) {
  const auto [local, domain] = cut(recipient.given);
  const auto canonical = mail::canonical_domain(domain);
  return canonical && transaction.snapshot->feedback.is_bounce_domain(*canonical) &&
         !base::equals_ignore_case(local, "postmaster") && !base::equals_ignore_case(local, "abuse");
}

policy::Verdict wait_for(Why why, const char* enhanced) {
  return {Action::defer, why, "feedback", {451, enhanced, "Temporary failure"}};
}

}  // namespace

void ReturnedBytes::add(std::string_view bytes, std::uint64_t max_held) {
  bytes = bytes.substr(0, kMax - bytes_.size());
  if (bytes.empty() || no_room_) return;
  no_room_ = !share_.grow(bytes.size(), max_held);
  if (!no_room_) bytes_ += bytes;
}

bool may_be_returned(const Transaction& transaction) {
  return transaction.envelope.role == mail::Role::inbound && transaction.snapshot->return_paths.has_value();
}

void begin_returned(Transaction& transaction) {
  if (!may_be_returned(transaction)) return;
  const auto& recipients = transaction.envelope.recipients;
  const bool any = std::any_of(recipients.begin(), recipients.end(), [&](const mail::Recipient& recipient) {
    return is_returned(transaction, recipient);
  });
  if (!any) return;
  ReturnedBytes& kept = transaction.returned.emplace(transaction.memory);
  const std::uint64_t max_held = transaction.snapshot->milter.max_held;
  // As the MTA that delivers writes it; one that came with the message is somebody's word.
  kept.add("Return-Path: " + transaction.envelope.sender_given + "\r\n", max_held);
  for (const mail::Field& field : transaction.header.fields()) {
    if (!mail::has_name(field, "Return-Path")) kept.add(field.name + ":" + field.value + "\r\n", max_held);
  }
  kept.add("\r\n", max_held);
}

Outcome take_returned(Transaction& transaction, const Services& services) {
  const mail::Envelope& envelope = transaction.envelope;
  Outcome outcome;
  if (services.returned == nullptr || services.counters.store_closed) {
    outcome.verdict = wait_for(Why::store_unavailable, "4.3.0");
    return outcome;
  }
  if (transaction.returned->no_room() || transaction.header.no_room()) {
    outcome.verdict = wait_for(Why::no_memory, "4.3.1");
    return outcome;
  }
  ReturnedMail mail;
  mail.id = envelope.id;
  mail.queue_id = envelope.queue_id;
  mail.raw = transaction.returned->bytes();
  mail.client = envelope.client ? base::format_ip(*envelope.client) : "unix";
  mail.client_address = envelope.client;
  mail.client_port = envelope.client_port;
  mail.can_be_forwarded = true;
  mail.by_own_mta = policy::is_made_by_mta(envelope, transaction.header.fields());
  for (const mail::Recipient& recipient : envelope.recipients) {
    if (!is_returned(transaction, recipient)) continue;
    mail.local_parts.emplace_back(cut(recipient.given).first);
    outcome.edits.emplace_back(mail::DeleteRecipient{recipient.given});
  }
  const auto taken = services.returned->take(mail, *transaction.snapshot);
  if (!taken) {
    outcome.edits.clear();
    outcome.verdict = wait_for(Why::store_unavailable, "4.3.0");
    return outcome;
  }
  if (!taken->forward_to.empty()) {
    outcome.edits.emplace_back(mail::AddRecipient{"<" + taken->forward_to + ">"});
    outcome.edits.emplace_back(mail::ChangeSender{"<>", {}});
  } else if (outcome.edits.size() == envelope.recipients.size()) {
    outcome.edits.clear();
    outcome.verdict = {Action::discard, Why::feedback, {}, {}};
    return outcome;
  }
  outcome.verdict.action = Action::pass;
  outcome.verdict.reason = Why::feedback;
  for (mail::Edit& edit : seal_strangers(transaction, services)) outcome.edits.push_back(std::move(edit));
  return outcome;
}

}  // namespace signpost::milter
