#include "milter/origin.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "mail/field/author.h"
#include "mail/identity_seal.h"
#include "milter/passed_before.h"
#include "milter/seal.h"
#include "policy/tenant.h"

namespace signpost::milter {
namespace {

std::string parameter(const std::vector<std::string>& parameters, std::string_view name) {
  for (const std::string& given : parameters) {
    if (base::starts_with_ignore_case(given, name)) return given.substr(name.size());
  }
  return {};
}

policy::SealEvidence evidence_of_seal(const mail::Identity& identity) {
  return identity.origin == mail::Origin::foreign ? policy::SealEvidence::foreign
                                                  : policy::SealEvidence::ours;
}

/// Decides, and resolves what follows from it.
void decide(Transaction& transaction, const policy::Evidence& evidence,
            std::optional<mail::Identity> identity, const std::vector<mail::Field>* fields) {
  const policy::Settings& settings = transaction.snapshot->policy;
  mail::Envelope& envelope = transaction.envelope;
  policy::OriginFinding finding = policy::decide_origin(evidence, settings.origin);
  envelope.login = transaction.login;
  envelope.sealed = finding.by_seal ? std::move(identity) : std::nullopt;
  policy::take_finding(envelope, std::move(finding));
  if (transaction.assumed_origin) policy::assume_origin(settings, envelope, *transaction.assumed_origin);
  if (envelope.origin == mail::Origin::sealed && envelope.sealed) envelope.login = envelope.sealed->login;
  transaction.tenant = policy::identify(settings, envelope, fields);
  transaction.tenant_id = transaction.tenant ? transaction.tenant->id() : 0;
}

/// What judging depends on.
struct Standing {
  const policy::Tenant* tenant;
  std::string login;
  std::string stream;
  bool is_report;
  bool operator==(const Standing&) const = default;
};

Standing standing_of(const Transaction& transaction) {
  const mail::Envelope& envelope = transaction.envelope;
  return {transaction.tenant, envelope.login, envelope.stream, envelope.is_report()};
}

/// A message that this daemon has judged and charged, and that a filter hands back: from this host or a hop only, since
/// whoever knows a message could say it again; and without a login, which says itself whose mail it is. Of mail that began
/// here it also tells whose it is.
bool passed_before(Transaction& transaction, const Services& services, const policy::Evidence& evidence) {
  if (services.passed_before == nullptr || !transaction.judged() || transaction.observing()) return false;
  if (!transaction.login.empty() || (evidence.way == policy::Way::network && !evidence.hop)) return false;
  const Snapshot& snapshot = *transaction.snapshot;
  const std::vector<std::string> marks = message_marks(transaction, transaction.header.fields());
  PassedBefore::Found found =
      services.passed_before->take(marks, services.clock.steady(), snapshot.milter.remember_passed);
  if (!found.whose) return false;
  mail::Envelope& envelope = transaction.envelope;
  std::size_t at = 0;
  for (mail::Recipient& recipient : envelope.recipients) {
    if (recipient.dropped) continue;
    const std::string& mark = marks[at++];
    recipient.charged_before = std::find(found.used.begin(), found.used.end(), mark) != found.used.end();
  }
  transaction.charged_before = found.used.size() == marks.size();
  transaction.marks = std::move(found.used);
  transaction.passed_before = std::move(found.whose);
  if (envelope.origin != mail::Origin::made_here || transaction.assumed_origin) return true;
  envelope.origin = mail::Origin::sealed;
  envelope.origin_by = "passed-before";
  envelope.sealed = *transaction.passed_before;
  envelope.login = transaction.passed_before->login;
  transaction.tenant = policy::identify(snapshot.policy, envelope, &transaction.header.fields());
  transaction.tenant_id = transaction.tenant ? transaction.tenant->id() : 0;
  return true;
}

/// Mail with an own author is worth a hint: it may be a list of the site.
void count_reinjected(const Transaction& transaction, const Services& services) {
  // What comes to a port for reports is taken in there.
  if (transaction.envelope.role == mail::Role::inbound) return;
  ++services.counters.reinjected;
  const auto author = mail::find_author(transaction.header.fields());
  if (!author) return;
  const Snapshot& snapshot = *transaction.snapshot;
  if (policy::owner_of_domain(snapshot.policy, author->domain) != nullptr ||
      !snapshot.dkim.keys.of(author->domain).empty())
    ++services.counters.reinjected_own;
}

}  // namespace

void find_origin(Transaction& transaction, const Services& services,
                 const std::vector<std::string>& parameters) {
  const Snapshot& snapshot = *transaction.snapshot;
  mail::Envelope& envelope = transaction.envelope;
  envelope.envelope_id = parameter(parameters, "ENVID=");
  const auto index = snapshot.policy.tenant_index();
  policy::Evidence evidence = policy::evidence_of(snapshot.policy, *index, envelope, transaction.login);
  std::optional<mail::Identity> identity;
  if (snapshot.identity_sealer && !envelope.envelope_id.empty() &&
      (evidence.hop || evidence.way != policy::Way::network)) {
    const auto opened = snapshot.identity_sealer->open_short(envelope.envelope_id, envelope.sender_given,
                                                             services.clock.wall());
    if (opened) {
      transaction.has_short_seal = true;
      envelope.envelope_id.clear();
      identity = policy::lengthen(snapshot.policy, *opened);
      evidence.seal = evidence_of_seal(*identity);
    }
  }
  decide(transaction, evidence, std::move(identity), nullptr);
  transaction.seems_strangers =
      evidence.way == policy::Way::loopback && services.passed_before != nullptr &&
      services.passed_before->knows(stranger_mark(envelope), services.clock.steady(),
                                    snapshot.milter.remember_passed);
}

bool settle_origin(Transaction& transaction, const Services& services) {
  const Snapshot& snapshot = *transaction.snapshot;
  const Standing before = standing_of(transaction);
  const auto index = snapshot.policy.tenant_index();
  policy::Evidence evidence =
      policy::evidence_of(snapshot.policy, *index, transaction.envelope, transaction.login);
  evidence.fields = &transaction.header.fields();
  std::optional<mail::Identity> identity;
  const std::size_t seal_fields = transaction.header.seal_places().size();
  if (seal_fields > 0) {
    evidence.seal = policy::SealEvidence::broken;
    if (snapshot.identity_sealer) {
      mail::FoundSeal found = mail::find_seal(transaction.header.fields(), transaction.envelope.sender_given,
                                              *snapshot.identity_sealer, services.clock.wall());
      if (found.identity) {
        evidence.seal = evidence_of_seal(*found.identity);
        evidence.seal_at = found.at;
        identity = std::move(*found.identity);
      }
    }
  }
  decide(transaction, evidence, std::move(identity), &transaction.header.fields());
  if (!transaction.envelope.sealed) services.counters.seals_refused += seal_fields;
  if (transaction.envelope.origin == mail::Origin::reinjected) count_reinjected(transaction, services);
  const bool from_us = evidence.hop || evidence.way != policy::Way::network;
  if (transaction.envelope.role == mail::Role::egress && from_us && !transaction.judged() &&
      evidence.seal != policy::SealEvidence::foreign)
    ++services.counters.unsealed_at_egress;
  if (transaction.envelope.origin == mail::Origin::login &&
      index->is_unknown_login(transaction.envelope.login))
    ++services.counters.unknown_logins;
  if (evidence.seal == policy::SealEvidence::foreign && evidence.way != policy::Way::network &&
      mail::find_field(transaction.header.fields(), "Received") == nullptr)
    ++services.counters.stripped_traces;
  const bool charged = passed_before(transaction, services, evidence);
  return charged || standing_of(transaction) != before;
}

}  // namespace signpost::milter
