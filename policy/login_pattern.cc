#include "policy/login_pattern.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "mail/local_part.h"

namespace signpost::policy {
namespace {

constexpr char kAny = '*';

/// The domain behind the last "@", canonical; empty if there is none or it is not a domain.
std::string domain_of(std::string_view login) {
  const std::size_t at = login.rfind('@');
  if (at == std::string_view::npos) return {};
  return mail::canonical_domain(login.substr(at + 1)).value_or(std::string());
}

bool has_control_byte(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; });
}

tl::unexpected<base::Error> bad(std::string_view text, const char* why) {
  return base::invalid("\"" + std::string(text) + "\": " + why);
}

}  // namespace

std::string login_key(std::string_view login, LoginCase login_case) {
  const std::string domain = domain_of(login);
  const std::string_view local = domain.empty() ? login : login.substr(0, login.rfind('@'));
  std::string key = login_case == LoginCase::exact ? std::string(local) : mail::canonical_local(local);
  if (!domain.empty()) key += "@" + domain;
  return key;
}

base::Result<LoginPattern> parse_login_pattern(std::string_view text, LoginCase login_case) {
  constexpr const char* kExpected =
      "expected a login (\"acme-app\", \"ann@acme.example\") or all logins of a domain (\"@acme.example\")";
  if (text.empty() || has_control_byte(text)) return bad(text, kExpected);
  LoginPattern pattern;
  pattern.login_case = login_case;
  const std::string_view domain = text.front() == kAny ? text.substr(1) : text;
  if (domain.starts_with('@')) {
    auto canonical = mail::canonical_domain(domain.substr(1));
    if (!canonical || domain.find(kAny) != std::string_view::npos) return bad(text, kExpected);
    pattern.domain = std::move(*canonical);
    return pattern;
  }
  if (text.find(kAny) != std::string_view::npos) return bad(text, kExpected);
  pattern.login = login_key(text, login_case);
  return pattern;
}

bool matches(const LoginPattern& pattern, std::string_view login) {
  if (pattern.domain.empty()) return login_key(login, pattern.login_case) == pattern.login;
  return domain_of(login) == pattern.domain;
}

std::string claim_of(const LoginPattern& pattern) {
  return pattern.domain.empty() ? login_key(pattern.login, LoginCase::folded) : "@" + pattern.domain;
}

void LoginTable::add(const LoginPattern& pattern, std::size_t owner) {
  if (!pattern.domain.empty()) {
    domains_.emplace(pattern.domain, owner);
  } else {
    (pattern.login_case == LoginCase::exact ? exact_ : folded_).emplace(pattern.login, owner);
  }
}

std::optional<std::size_t> LoginTable::find(std::string_view login) const {
  const auto in = [](const ByText& map, const std::string& key) {
    const auto found = map.find(key);
    return found == map.end() ? std::nullopt : std::optional(found->second);
  };
  if (const auto owner = in(exact_, login_key(login, LoginCase::exact))) return owner;
  if (const auto owner = in(folded_, login_key(login, LoginCase::folded))) return owner;
  return in(domains_, domain_of(login));
}

base::Result<SenderPattern> parse_sender_pattern(std::string_view text) {
  constexpr const char* kExpected =
      "expected an address (\"ann@acme.example\"), the beginning of one (\"news-*@acme.example\") or all "
      "of a domain (\"@acme.example\")";
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || has_control_byte(text)) return bad(text, kExpected);
  std::string_view local = text.substr(0, at);
  SenderPattern pattern;
  pattern.is_prefix = local.empty() || local.ends_with(kAny);
  if (local.ends_with(kAny)) local.remove_suffix(1);
  auto domain = mail::canonical_domain(text.substr(at + 1));
  if (!domain || text.find(kAny) < local.size() || text.find(kAny, at) != std::string_view::npos) {
    return bad(text, kExpected);
  }
  pattern.domain = std::move(*domain);
  if (!local.empty()) {
    auto address = mail::parse_address(std::string(local) + "@" + pattern.domain);
    if (!address) return bad(text, kExpected);
    pattern.local = mail::canonical(*address).local;
  }
  return pattern;
}

bool matches(const SenderPattern& pattern, const mail::Address& address) {
  const mail::Address canonical = mail::canonical(address);
  if (canonical.domain != pattern.domain) return false;
  return pattern.is_prefix ? canonical.local.starts_with(pattern.local) : canonical.local == pattern.local;
}

std::string format_sender_pattern(const SenderPattern& pattern) {
  if (pattern.local.empty()) return "@" + pattern.domain;
  // The star stands outside the quotes that a local part may need: "john s"*@acme.example is not an address.
  std::string text = mail::format_address({pattern.local, pattern.domain});
  if (pattern.is_prefix) text.insert(text.rfind('@'), 1, kAny);
  return text;
}

void SenderTable::add(const SenderPattern& pattern, std::size_t owner) {
  Domain& domain = domains_[pattern.domain];
  ByText& table = pattern.is_prefix ? domain.beginnings[pattern.local.size()] : domain.exact;
  table.emplace(pattern.local, owner);
}

std::optional<std::size_t> SenderTable::find(const mail::Address& sender) const {
  const auto domain = domains_.find(sender.domain);
  if (domain == domains_.end()) return std::nullopt;
  const std::string local = mail::canonical_local(sender.local);
  const auto exact = domain->second.exact.find(local);
  if (exact != domain->second.exact.end()) return exact->second;
  for (const auto& [length, table] : domain->second.beginnings) {
    if (length > local.size()) continue;
    const auto found = table.find(std::string_view(local).substr(0, length));
    if (found != table.end()) return found->second;
  }
  return std::nullopt;
}

}  // namespace signpost::policy
