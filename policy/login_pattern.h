// What a tenant may say about logins and about senders: one exactly, or all of a domain. The precedence is
// fixed: what is named exactly wins over a domain; two tenants that claim the same are an error of the
// configuration (policy/tenant: find_overlaps).
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mail/address.h"

namespace signpost::policy {

/// Whether `SHOP` is `shop`. A domain behind an "@" has no case in either.
enum class LoginCase { folded, exact };

/// What a login is compared by and charged under: folded as the local part of an address is (NFC, A to Z in
/// lower case), or as given; the domain behind the last "@" in canonical form where it is one.
std::string login_key(std::string_view login, LoginCase login_case);

/// One entry of `logins`: `acme-app`, `ann@acme.example`, `@acme.example` or `*@acme.example` (the last two are
/// the same claim: each login whose text ends in "@acme.example"). Subdomains are not meant.
struct LoginPattern {
  std::string login;   ///< login_key of the one that is meant; empty if a domain is
  std::string domain;  ///< canonical; empty if one login is meant
  LoginCase login_case = LoginCase::folded;
  bool operator==(const LoginPattern&) const = default;
};
/// Error `invalid`: empty text, a control byte, a "*" anywhere but alone before the "@", a bad domain behind
/// it. The text says what is expected.
base::Result<LoginPattern> parse_login_pattern(std::string_view text, LoginCase login_case);
bool matches(const LoginPattern& pattern, std::string_view login);
/// "acme-app", "@acme.example". Two patterns that claim the same login or the same domain have the same text
/// here, whatever their case rules are: what find_overlaps compares.
std::string claim_of(const LoginPattern& pattern);

/// Whose login it is, among the patterns of many owners. What two owners claim belongs to the first of them. A
/// lookup costs O(log n). Immutable once filled, so thread-safe.
class LoginTable {
 public:
  void add(const LoginPattern& pattern, std::size_t owner);
  /// One that is named exactly (with its case, then folded), else the domain's.
  std::optional<std::size_t> find(std::string_view login) const;
  bool is_empty() const { return exact_.empty() && folded_.empty() && domains_.empty(); }

 private:
  using ByText = std::map<std::string, std::size_t, std::less<>>;
  ByText exact_;
  ByText folded_;
  ByText domains_;
};

/// One entry of `senders`: `ann@acme.example`, `news-*@acme.example` (local parts that begin so),
/// `@sub.acme.example` or `*@sub.acme.example`. Local parts are compared in their canonical form
/// (mail/local_part). Subdomains are not meant.
struct SenderPattern {
  std::string local;       ///< canonical; what the local part is, or begins with
  bool is_prefix = false;  ///< a "*" ends it
  std::string domain;      ///< canonical
  bool operator==(const SenderPattern&) const = default;
};
/// Error `invalid`: not an address, or a "*" anywhere but at the end of the local part.
base::Result<SenderPattern> parse_sender_pattern(std::string_view text);
bool matches(const SenderPattern& pattern, const mail::Address& address);
/// "ann@acme.example", "news-*@acme.example", "@acme.example". Round trip with parse_sender_pattern.
std::string format_sender_pattern(const SenderPattern& pattern);

/// Whose sender it is, among the patterns of many owners. What two owners name belongs to the first of them. A
/// lookup costs O(log n) times the number of different lengths of beginnings in the domain. Immutable once filled, so
/// thread-safe.
class SenderTable {
 public:
  void add(const SenderPattern& pattern, std::size_t owner);
  /// One that names the address exactly, else the longest beginning of it.
  std::optional<std::size_t> find(const mail::Address& sender) const;
  /// Whether some pattern is in that domain.
  bool has_domain(std::string_view domain) const { return domains_.find(domain) != domains_.end(); }
  bool empty() const { return domains_.empty(); }

 private:
  using ByText = std::map<std::string, std::size_t, std::less<>>;
  struct Domain {
    ByText exact;
    std::map<std::size_t, ByText, std::greater<>> beginnings;  ///< by length, longest first
  };
  std::map<std::string, Domain, std::less<>> domains_;
};

}  // namespace signpost::policy
