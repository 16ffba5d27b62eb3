// Which limits a recipient or a message charges, under which key, and what a full one answers. How full they
// are is policy/limits/buckets; where limits are not judged (role submit) there are no charges.
#include "policy/limits/limits.h"

#include <algorithm>
#include <cstdint>
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

// Whoever has an IPv6 address usually has all of a /64.
constexpr int kClientPrefix = 64;

std::string_view without_brackets(std::string_view given) {
  if (given.starts_with('<')) given.remove_prefix(1);
  if (given.ends_with('>')) given.remove_suffix(1);
  return given;
}

/// A sender that does not parse is counted as it was given, and the null sender as one: a client chooses both, and
/// must not escape a limit by it.
std::string sender_text(const mail::Envelope& envelope) {
  if (envelope.sender) return mail::canonical_key(*envelope.sender);
  return envelope.null_sender() ? "<>" : base::lower(envelope.sender_given);
}

std::string sender_domain_text(const mail::Envelope& envelope) {
  if (envelope.sender) return envelope.sender->domain;
  if (envelope.null_sender()) return "<>";
  const std::string_view given = without_brackets(envelope.sender_given);
  const std::size_t at = given.rfind('@');
  return base::lower(at == std::string_view::npos ? given : given.substr(at + 1));
}

std::string client_text(const std::optional<base::Ip>& client) {
  if (!client) return "local";
  static const base::Network kV4 = *base::parse_network("0.0.0.0/0");
  if (kV4.contains(*client)) return base::format_ip(*client);
  return base::format_network({base::masked(*client, kClientPrefix), kClientPrefix});
}

std::string_view domain_of(const std::optional<mail::Address>& address) {
  return address ? std::string_view(address->domain) : std::string_view();
}

/// The value of one part; empty if the mail has none.
std::string key_value(LimitKeyPart part, const Facts& facts) {
  const mail::Envelope& envelope = facts.envelope;
  const auto recipient = facts.recipient ? facts.recipient->address : std::nullopt;
  switch (part) {
    case LimitKeyPart::tenant:
      return facts.tenant.name;
    case LimitKeyPart::stream:
      return envelope.stream;
    case LimitKeyPart::login:
      return login_key(envelope.login, facts.tenant.login_case);
    case LimitKeyPart::sender:
      return sender_text(envelope);
    case LimitKeyPart::sender_domain:
      return sender_domain_text(envelope);
    case LimitKeyPart::client:
      return client_text(envelope.client);
    case LimitKeyPart::rcpt_domain:
      return std::string(domain_of(recipient));
    case LimitKeyPart::rcpt_provider:
      return std::string(provider_of(domain_of(recipient)));
  }
  return {};
}

/// "login=acme-app rcpt_domain=example.net": what `limit show` takes as well. nullopt if the mail lacks a part: all
/// such mail would share one bucket.
std::optional<std::string> bucket_key(const LimitSettings& limit, const Facts& facts) {
  std::string key;
  for (const LimitKeyPart part : limit.key) {
    std::string value = key_value(part, facts);
    if (value.empty()) return std::nullopt;
    if (value.size() > kMaxKeyValue)
      value = "sha256:" + base::encode_hex(base::as_bytes(base::sha256(value)));
    if (!key.empty()) key += ' ';
    key += std::string(key_part_word(part)) + "=" + format_value(value);
  }
  return key;
}

bool lists(const std::vector<std::string>& words, std::string_view word) {
  return words.empty() || std::find(words.begin(), words.end(), word) != words.end();
}

bool limits_apply(const Facts& facts) {
  return !facts.charged_before && facts.envelope.role != mail::Role::submit;
}

bool covers_mail(const LimitSettings& limit, const Facts& facts) {
  return lists(limit.when_tenant, facts.tenant.name) && lists(limit.when_stream, facts.envelope.stream);
}

/// nullopt if the limit does not apply to the mail.
std::optional<Charge> make_charge(const LimitSettings& limit, const Facts& facts, std::uint64_t amount) {
  if (!covers_mail(limit, facts)) return std::nullopt;
  auto key = bucket_key(limit, facts);
  if (!key) return std::nullopt;
  Charge charge{&limit, std::move(*key), amount};
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
  if (!limits_apply(facts)) return charges;
  if (facts.envelope.is_report()) {
    if (!facts.settings.report_limit.rates.empty())
      charges.push_back(*make_charge(facts.settings.report_limit, facts, 1));
    return charges;
  }
  for (const LimitSettings& limit : facts.settings.limits) {
    if (limit.weight == Weight::bytes) continue;
    auto charge = make_charge(limit, facts, 1);
    if (!charge) continue;
    if (limit.weight == Weight::messages && !first_with_key(*charge, messages_charged)) continue;
    charges.push_back(std::move(*charge));
  }
  return charges;
}

std::vector<Charge> charges_for_bytes(const Facts& facts, std::uint64_t bytes) {
  std::vector<Charge> charges;
  if (!limits_apply(facts) || facts.envelope.is_report()) return charges;
  for (const LimitSettings& limit : facts.settings.limits) {
    if (limit.weight != Weight::bytes) continue;
    if (auto charge = make_charge(limit, facts, bytes)) charges.push_back(std::move(*charge));
  }
  return charges;
}

const Charge* never_fits(std::vector<Charge>& charges) {
  // A rate of 0 is an operator's word that mail waits.
  const auto capacity = [](const LimitSettings& limit) {
    std::uint64_t least = limit.burst ? std::max<std::uint64_t>(*limit.burst, 1) : UINT64_MAX;
    for (const Rate& rate : limit.rates)
      if (!limit.burst && rate.count > 0) least = std::min(least, rate.count);
    return least;
  };
  for (std::size_t i = 0; i < charges.size(); ++i) {
    Charge& first = charges[i];
    if (first.limit->action != LimitAction::defer) continue;
    for (std::size_t j = i + 1; j < charges.size(); ++j) {
      if (charges[j].limit->name != first.limit->name || charges[j].key != first.key) continue;
      first.amount += charges[j].amount;
      charges[j].amount = 0;
    }
    if (first.amount > capacity(*first.limit)) return &first;
  }
  return nullptr;
}

Verdict verdict_of_never(const Charge& charge) {
  return {
      Action::refuse,
      Why::limit,
      charge.limit->name,
      {550, "5.7.1", "Limit " + charge.limit->name + " never lets so many recipients of one message pass"}};
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
