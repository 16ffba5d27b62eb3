// Which limits a recipient or a message charges, under which key, and what a full one answers. Where limits are not
// judged (role submit, null sender) there are no charges.
#include "policy/limits/limits.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"
#include "policy/event.h"
#include "policy/limits/provider.h"

namespace signpost::policy::limits {

namespace {

// A longer value is replaced by its hash, so that keys stay small whatever is sent.
constexpr std::size_t kMaxKeyValue = 255;

/// A sender that does not parse is counted as it was given.
std::string sender_text(const mail::Envelope& envelope) {
  return envelope.sender ? mail::canonical_key(*envelope.sender) : base::lower(envelope.sender_given);
}

std::string_view domain_of(const std::optional<mail::Address>& address) {
  return address ? std::string_view(address->domain) : std::string_view();
}

/// The value of one part; empty if the mail has none (it then shares a bucket with all such mail).
std::string key_value(LimitKeyPart part, const Facts& facts) {
  const mail::Envelope& envelope = facts.envelope;
  const auto recipient = facts.recipient ? facts.recipient->address : std::nullopt;
  switch (part) {
    case LimitKeyPart::tenant:
      return facts.tenant.name;
    case LimitKeyPart::stream:
      return envelope.stream;
    case LimitKeyPart::login:
      return envelope.login;
    case LimitKeyPart::sender:
      return sender_text(envelope);
    case LimitKeyPart::sender_domain:
      return std::string(domain_of(envelope.sender));
    case LimitKeyPart::client:
      return envelope.client ? base::format_ip(*envelope.client) : "local";
    case LimitKeyPart::rcpt_domain:
      return std::string(domain_of(recipient));
    case LimitKeyPart::rcpt_provider:
      return std::string(provider_of(domain_of(recipient)));
  }
  return {};
}

/// "login=acme-app rcpt_domain=example.net": what `limit show` takes as well.
std::string bucket_key(const LimitSettings& limit, const Facts& facts) {
  std::string key;
  for (const LimitKeyPart part : limit.key) {
    std::string value = key_value(part, facts);
    if (value.size() > kMaxKeyValue)
      value = "sha256:" + base::encode_hex(base::as_bytes(base::sha256(value)));
    if (!key.empty()) key += ' ';
    key += std::string(key_part_word(part)) + "=" + (value.empty() ? "-" : format_value(value));
  }
  return key;
}

bool lists(const std::vector<std::string>& words, std::string_view word) {
  return words.empty() || std::find(words.begin(), words.end(), word) != words.end();
}

bool limits_apply(const mail::Envelope& envelope) {
  return !envelope.null_sender() && envelope.role != mail::Role::submit;
}

bool covers_mail(const LimitSettings& limit, const Facts& facts) {
  return lists(limit.when_tenant, facts.tenant.name) && lists(limit.when_stream, facts.envelope.stream);
}

Charge make_charge(const LimitSettings& limit, const Facts& facts, std::uint64_t amount) {
  Charge charge{&limit, bucket_key(limit, facts), amount};
  if (const std::vector<Rate>* rates = facts.overrides.rates(limit.name, facts.now)) {
    auto changed = std::make_shared<LimitSettings>(limit);
    changed->rates = *rates;
    charge.changed = std::move(changed);
    charge.limit = charge.changed.get();
  }
  return charge;
}

/// True the first time; remembers.
bool first_with_key(const Charge& charge, std::vector<std::string>& charged) {
  std::string mark = charge.limit->name + "\n" + charge.key;
  if (std::find(charged.begin(), charged.end(), mark) != charged.end()) return false;
  charged.push_back(std::move(mark));
  return true;
}

}  // namespace

std::vector<Charge> charges_for_recipient(const Facts& facts, std::vector<std::string>& messages_charged) {
  std::vector<Charge> charges;
  if (!limits_apply(facts.envelope)) return charges;
  for (const LimitSettings& limit : facts.settings.limits) {
    if (limit.weight == Weight::bytes || !covers_mail(limit, facts)) continue;
    Charge charge = make_charge(limit, facts, 1);
    if (limit.weight == Weight::messages && !first_with_key(charge, messages_charged)) continue;
    charges.push_back(std::move(charge));
  }
  return charges;
}

std::vector<Charge> charges_for_bytes(const Facts& facts, std::uint64_t bytes) {
  std::vector<Charge> charges;
  if (!limits_apply(facts.envelope)) return charges;
  for (const LimitSettings& limit : facts.settings.limits) {
    if (limit.weight != Weight::bytes || !covers_mail(limit, facts)) continue;
    charges.push_back(make_charge(limit, facts, bytes));
  }
  return charges;
}

Verdict verdict_of(const LimitHit& hit) {
  const std::string reached = "Limit " + hit.limit + " reached";
  switch (hit.action) {
    case LimitAction::observe:
      return {Action::observe, Why::limit, hit.limit, {}};
    case LimitAction::refuse:
      return {Action::refuse, Why::limit, hit.limit, {550, "5.7.1", reached}};
    case LimitAction::defer:
      break;
  }
  const std::string wait = std::to_string(hit.retry_after.count());
  return {Action::defer, Why::limit, hit.limit, {451, "4.7.1", reached + ", retry in " + wait + " s"}};
}

}  // namespace signpost::policy::limits
