#include "milter/return_path.h"

#include <optional>

#include "feedback/return_path.h"
#include "track/token.h"

namespace signpost::milter {
namespace {

bool may_change(const Transaction& transaction) {
  const mail::Envelope& envelope = transaction.envelope;
  const Snapshot& snapshot = *transaction.snapshot;
  if (!snapshot.return_paths || !transaction.judged() || transaction.observing()) return false;
  if (envelope.role == mail::Role::egress || envelope.is_report() || !envelope.sender) return false;
  // A message that was judged before has the sender with which it left then.
  if (envelope.origin == mail::Origin::sealed || transaction.passed_before) return false;
  if (!snapshot.feedback.has_stream(envelope.stream)) return false;
  return !snapshot.feedback.is_bounce_domain(envelope.sender->domain) &&
         !feedback::is_coded_sender(envelope.sender->local);
}

}  // namespace

std::optional<std::string> only_recipient(const mail::Envelope& envelope) {
  const mail::Recipient* only = nullptr;
  for (const mail::Recipient& recipient : envelope.recipients) {
    if (recipient.dropped) continue;
    if (only != nullptr) return std::nullopt;
    only = &recipient;
  }
  if (only == nullptr || !only->address) return std::nullopt;
  return mail::canonical_key(*only->address);
}

void choose_return_path(Transaction& transaction, const Services& services) {
  transaction.return_path.clear();
  if (!may_change(transaction)) return;
  const Snapshot& snapshot = *transaction.snapshot;
  const std::string& domain = snapshot.feedback.domain_of(transaction.tenant_id);
  if (domain.empty()) return;
  const mail::Envelope& envelope = transaction.envelope;
  const auto local = snapshot.return_paths->mint(transaction.tenant_id, track::stream_code(envelope.stream),
                                                 envelope.id, only_recipient(envelope));
  if (local) {
    transaction.return_path = *local + "@" + domain;
  } else {
    ++services.counters.errors;
  }
}

std::string outgoing_sender(const Transaction& transaction) {
  if (!transaction.return_path.empty()) return "<" + transaction.return_path + ">";
  const std::string& given = transaction.envelope.sender_given;
  return given.starts_with('<') ? given : "<" + given + ">";
}

void read_return_path(Transaction& transaction) {
  const Snapshot& snapshot = *transaction.snapshot;
  mail::Envelope& envelope = transaction.envelope;
  if (!snapshot.return_paths || !envelope.sender) return;
  if (!snapshot.feedback.is_bounce_domain(envelope.sender->domain)) return;
  const auto path = snapshot.return_paths->parse_return_path(envelope.sender->local);
  if (path) envelope.return_path_of = path->tenant;
}

}  // namespace signpost::milter
