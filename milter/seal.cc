#include "milter/seal.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "mail/identity_seal.h"
#include "milter/return_path.h"
#include "policy/tenant.h"

namespace signpost::milter {
namespace {

constexpr std::size_t kMarkBytes = 15;  // no two of 200,000 messages are alike by chance

std::string mark_of(const std::string& text) {
  const base::Digest digest = base::sha256(text);
  return std::string(base::as_bytes(digest).substr(0, kMarkBytes));
}

/// `message` is what the message is known by.
std::string recipient_mark(const std::string& message, const mail::Recipient& recipient) {
  return mark_of(message + (recipient.address ? mail::canonical_key(*recipient.address) : recipient.given));
}

/// An envelope id that a seal can carry; else the mail leaves with a neutral one.
std::string carried_id(const std::string& given) {
  const bool fits = given.size() <= mail::kMaxEnvelopeId &&
                    std::all_of(given.begin(), given.end(), [](char c) { return c > ' ' && c < 127; });
  return fits ? given : std::string();
}

/// Mail that came back and leaves by a port of role submit: the next hop must know that it is nobody's of ours.
bool is_handed_on(const Transaction& transaction) {
  return transaction.envelope.role == mail::Role::submit &&
         transaction.envelope.origin == mail::Origin::reinjected;
}

bool is_strangers(const Transaction& transaction) {
  return transaction.envelope.origin == mail::Origin::foreign && !transaction.envelope.sealed &&
         policy::way_of(transaction.envelope) == policy::Way::network;
}

}  // namespace

mail::Identity identity_of(const Transaction& transaction, base::Wall now) {
  const mail::Envelope& envelope = transaction.envelope;
  if (envelope.sealed) return *envelope.sealed;
  mail::Identity identity;
  identity.origin = envelope.origin;
  identity.tenant = envelope.tenant;
  identity.stream = envelope.stream;
  if (envelope.login.size() <= mail::kMaxSealLogin) identity.login = envelope.login;
  identity.id = envelope.id;
  identity.envelope_id = carried_id(envelope.envelope_id);
  identity.expires =
      std::chrono::floor<std::chrono::seconds>(now) + transaction.snapshot->milter.seal_expires;
  return identity;
}

bool seals(const Transaction& transaction) {
  const mail::Envelope& envelope = transaction.envelope;
  const Snapshot& snapshot = *transaction.snapshot;
  if (!snapshot.identity_sealer || !transaction.judged() || transaction.observing()) return false;
  if (!mail::is_ours(envelope.first_origin())) return false;
  if (envelope.role == mail::Role::submit) return true;
  return envelope.role == mail::Role::all && snapshot.milter.seals_all &&
         envelope.origin != mail::Origin::sealed;
}

void seal(const Transaction& transaction, const Services& services, Draft& draft) {
  const mail::Envelope& envelope = transaction.envelope;
  const std::string sender = outgoing_sender(transaction);
  if (!seals(transaction)) {
    if (transaction.has_short_seal) {
      const bool is_known = envelope.sealed && !envelope.sealed->envelope_id.empty();
      draft.edit(
          mail::ChangeSender{sender, "ENVID=" + (is_known ? envelope.sealed->envelope_id : envelope.id)});
    } else if (!transaction.return_path.empty()) {
      draft.edit(mail::ChangeSender{sender, {}});
    }
    return;
  }
  const mail::IdentitySealer& sealer = *transaction.snapshot->identity_sealer;
  const mail::Identity identity = identity_of(transaction, services.clock.wall());
  auto field = sealer.seal(identity, mail::bind_seal(draft.fields(), sender));
  const auto brief = sealer.seal_short(mail::shorten(identity), sender);
  if (!field || !brief) {
    ++services.counters.errors;
    if (!transaction.return_path.empty()) draft.edit(mail::ChangeSender{sender, {}});
    return;
  }
  draft.edit(mail::InsertField{0, mail::kSealField, std::move(*field)});
  draft.edit(mail::ChangeSender{sender, "ENVID=" + *brief});
}

std::vector<mail::Edit> seal_strangers(const Transaction& transaction, const Services& services) {
  const Snapshot& snapshot = *transaction.snapshot;
  std::vector<mail::Edit> edits;
  const bool leaves = transaction.envelope.role == mail::Role::egress;
  const bool handed_on = is_handed_on(transaction);
  if (transaction.observing() || !(leaves || handed_on || is_strangers(transaction))) return edits;
  const std::vector<mail::Field>& fields = transaction.header.fields();
  const std::vector<std::size_t>& places = transaction.header.seal_places();
  std::size_t left = places.size();
  for (std::size_t i = fields.size(); left > 0 && i-- > 0;) {
    if (!mail::has_name(fields[i], mail::kSealField)) continue;
    edits.emplace_back(mail::RemoveField{fields[i].name, left, places[left - 1], fields[i].value});
    --left;
  }
  if (leaves && transaction.has_short_seal)
    edits.emplace_back(mail::ChangeSender{outgoing_sender(transaction), "ENVID=" + transaction.envelope.id});
  if (!snapshot.identity_sealer || !(handed_on || transaction.envelope.role == mail::Role::all)) return edits;
  mail::Identity identity;
  identity.origin = mail::Origin::foreign;
  identity.id = transaction.envelope.id;
  identity.expires =
      std::chrono::floor<std::chrono::seconds>(services.clock.wall()) + snapshot.milter.seal_expires;
  auto field =
      snapshot.identity_sealer->seal(identity, mail::bind_seal(fields, transaction.envelope.sender_given));
  if (field) {
    edits.emplace_back(mail::InsertField{0, mail::kSealField, std::move(*field)});
  } else {
    ++services.counters.errors;
  }
  return edits;
}

std::vector<std::string> message_marks(const Transaction& transaction,
                                       const std::vector<mail::Field>& fields) {
  std::vector<std::string> marks;
  if (transaction.envelope.role == mail::Role::submit) return marks;
  const mail::SealBinding binding = mail::bind_seal(fields, outgoing_sender(transaction));
  if (binding.message_id.empty()) return marks;
  const std::string message =
      binding.message_id + '\0' + binding.date + '\0' + binding.author + '\0' + binding.sender + '\0';
  for (const mail::Recipient& recipient : transaction.envelope.recipients) {
    if (!recipient.dropped) marks.push_back(recipient_mark(message, recipient));
  }
  return marks;
}

std::string stranger_mark(const mail::Envelope& envelope) {
  const std::string sender = envelope.sender ? mail::canonical_key(*envelope.sender) : envelope.sender_given;
  return mark_of(std::string("stranger") + '\0' + (envelope.null_sender() ? "" : sender));
}

}  // namespace signpost::milter
