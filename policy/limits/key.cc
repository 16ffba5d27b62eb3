#include "policy/limits/key.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"
#include "mail/address.h"
#include "mail/local_part.h"
#include "policy/event.h"
#include "policy/limits/provider.h"
#include "policy/policy.h"

namespace signpost::policy::limits {
namespace {

// A longer value is replaced by its hash, so that keys stay small whatever is sent.
constexpr std::size_t kMaxKeyValue = 255;
constexpr std::string_view kShared = "other";
constexpr std::string_view kException = " exception=";

std::string_view without_brackets(std::string_view given) {
  if (given.starts_with('<')) given.remove_prefix(1);
  if (given.ends_with('>')) given.remove_suffix(1);
  return given;
}

/// A sender that does not parse is counted as it was given, and the null sender as one: a client chooses both, and
/// must not escape a limit by it.
std::string sender_text(const mail::Envelope& envelope, const Tenant& tenant) {
  if (!envelope.sender) return envelope.null_sender() ? "<>" : base::lower(envelope.sender_given);
  const mail::Folds folds = tenant.folds();
  return mail::canonical_key(folds.any() ? mail::fold(*envelope.sender, folds) : *envelope.sender);
}

std::string sender_domain_text(const mail::Envelope& envelope) {
  if (envelope.sender) return envelope.sender->domain;
  return envelope.null_sender() ? "<>" : unread_sender_domain(envelope);
}

/// Whoever has an IPv6 address usually has all of a network.
base::Network network_of(const base::Ip& client, int ipv6_prefix) {
  static const base::Network kV4 = *base::parse_network("0.0.0.0/0");
  if (kV4.contains(client)) return {client, 128};
  return {base::masked(client, ipv6_prefix), ipv6_prefix};
}

std::string_view domain_of(const std::optional<mail::Address>& address) {
  return address ? std::string_view(address->domain) : std::string_view();
}

/// The value of one part; empty if the mail has none.
std::string key_value(LimitKeyPart part, const Facts& facts, Key& key) {
  const mail::Envelope& envelope = facts.envelope;
  static const std::optional<mail::Address> kNone;
  const std::optional<mail::Address>& recipient = facts.recipient ? facts.recipient->address : kNone;
  switch (part) {
    case LimitKeyPart::tenant:
      return facts.tenant.name;
    case LimitKeyPart::stream:
      return envelope.stream;
    case LimitKeyPart::login:
      return login_key(envelope.login, facts.tenant.login_case);
    case LimitKeyPart::sender:
      return sender_text(envelope, facts.tenant);
    case LimitKeyPart::sender_domain:
      return sender_domain_text(envelope);
    case LimitKeyPart::client: {
      if (!envelope.client) return "local";
      const base::Network network = network_of(*envelope.client, facts.settings.ipv6_prefix);
      key.client = network.base;
      return base::format_network(network);
    }
    case LimitKeyPart::rcpt_domain:
      return std::string(domain_of(recipient));
    case LimitKeyPart::rcpt_provider:
      return std::string(provider_of(domain_of(recipient)));
  }
  return {};
}

/// Takes one value off the front of the text: up to a blank, or up to the closing quote.
std::optional<std::string> take_value(std::string_view& text) {
  std::size_t end = 0;
  if (text.starts_with('"')) {
    for (end = 1; end < text.size() && text[end] != '"'; ++end) {
      if (text[end] == '\\') ++end;
    }
    end = std::min(end + 1, text.size());
  } else {
    end = std::min(text.find(' '), text.size());
  }
  const auto value = parse_value(text.substr(0, end));
  text.remove_prefix(end);
  return value ? std::optional(*value) : std::nullopt;
}

}  // namespace

std::optional<Key> key_of(const LimitSettings& limit, const Facts& facts) {
  Key key;
  key.login_case = facts.tenant.login_case;
  key.values.reserve(limit.key.size());
  for (const LimitKeyPart part : limit.key) {
    key.values.push_back(key_value(part, facts, key));
    if (key.values.back().empty()) return std::nullopt;
  }
  return key;
}

std::string format_key(const LimitSettings& limit, const Key& key) {
  std::string text;
  for (std::size_t i = 0; i < limit.key.size(); ++i) {
    const std::string& value = key.values[i];
    if (!text.empty()) text += ' ';
    text.append(key_part_word(limit.key[i])).append("=");
    if (value.size() > kMaxKeyValue) {
      text.append("sha256:").append(base::encode_hex(base::as_bytes(base::sha256(value))));
    } else {
      text.append(format_value(value));
    }
  }
  return text;
}

base::Result<Key> parse_key(const LimitSettings& limit, std::string_view text) {
  const auto refuse = [&] { return base::invalid("not a key of limit '" + limit.name + "'"); };
  Key key;
  for (const LimitKeyPart part : limit.key) {
    if (!key.values.empty() && !text.starts_with(' ')) return refuse();
    if (!key.values.empty()) text.remove_prefix(1);
    const std::string name = std::string(key_part_word(part)) + "=";
    if (!text.starts_with(name)) return refuse();
    text.remove_prefix(name.size());
    auto value = take_value(text);
    if (!value || value->empty()) return refuse();
    if (part == LimitKeyPart::client) {
      if (const auto network = base::parse_network(*value)) key.client = network->base;
    }
    key.values.push_back(std::move(*value));
  }
  if (!text.empty()) return refuse();
  return key;
}

std::string shared_key(const LimitSettings& limit, std::string_view key) {
  std::string text(kShared);
  if (const auto own = parse_key(limit, key)) {
    for (std::size_t i = 0; i < limit.key.size(); ++i) {
      const LimitKeyPart part = limit.key[i];
      if (part != LimitKeyPart::tenant && part != LimitKeyPart::stream) continue;
      text.append(" ").append(key_part_word(part)).append("=").append(format_value(own->values[i]));
    }
  }
  if (!limit.exception.empty()) text.append(kException).append(format_value(limit.exception));
  return text;
}

bool is_shared_key(std::string_view key) {
  return key == kShared || (key.starts_with(kShared) && key[kShared.size()] == ' ');
}

std::string exception_of_shared(std::string_view key) {
  const std::size_t at = key.find(kException);
  if (at == std::string_view::npos) return {};
  return parse_value(key.substr(at + kException.size())).value_or("");
}

std::string unread_sender_domain(const mail::Envelope& envelope) {
  const std::string_view given = without_brackets(envelope.sender_given);
  const std::size_t at = given.rfind('@');
  const std::string_view text = at == std::string_view::npos ? given : given.substr(at + 1);
  return mail::canonical_domain(text).value_or(base::lower(text));
}

}  // namespace signpost::policy::limits
