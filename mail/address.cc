// Reads, canonicalizes and prints addresses. The only user of libidn2, which sees single labels with
// non-ASCII bytes and nothing else: a plain domain costs one pass.
#include "mail/address.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <idn2.h>

#include "base/text.h"
#include "mail/envelope.h"
#include "mail/local_part.h"
#include "mail/punycode.h"

namespace signpost::mail {

namespace {

// RFC 5321 §4.5.3.1 allows 64 octets before the "@" and 254 in all, but ticket systems and VERP write more and MTAs deliver
// it: Postfix takes what fits its line_length_limit, 2048 octets.
constexpr std::size_t kMaxAddress = 2000;
constexpr std::size_t kMaxLabel = 63;  // RFC 1035 §2.3.4
constexpr std::size_t kMaxDomain = 253;
constexpr std::size_t kMaxDomainText = 4 * kMaxDomain;  // UTF-8 of what may still become 253 octets

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

/// Blanks and tabs off both ends; a line end is not a blank here.
std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_host_byte(char c) {
  return base::is_alnum(c) || c == '-' || c == '_';
}

/// atext of RFC 5322 §3.2.3, the bytes of UTF-8 included (RFC 6531 §3.3), and the dot.
bool is_local_byte(char c) {
  return base::is_alnum(c) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
}

/// C1 controls, no-break space, and the zero-width, bidirectional and separator characters that people paste
/// along with an address and nobody sees.
bool has_invisible(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    const auto second = static_cast<unsigned char>(text[i + 1]);
    const auto third = static_cast<unsigned char>(i + 2 < text.size() ? text[i + 2] : 0);
    if (first == 0xC2 && second <= 0xA0) return true;                                    // U+0080 to U+00A0
    if (first == 0xC2 && second == 0xAD) return true;                                    // soft hyphen
    if (first == 0xD8 && second == 0x9C) return true;                                    // U+061C
    if (first == 0xE2 && second == 0x80 && third >= 0x8B && third <= 0x8F) return true;  // U+200B to U+200F
    if (first == 0xE2 && second == 0x80 && third >= 0xA8 && third <= 0xAE) return true;  // U+2028 to U+202E
    if (first == 0xE2 && second == 0x81 && third >= 0xA0 && third <= 0xAF) return true;  // U+2060 to U+206F
    if (first == 0xEF && second == 0xBB && third == 0xBF) return true;                   // U+FEFF
  }
  return false;
}

/// The full-width and ideographic dots made plain (RFC 3490 §3.1: U+3002, U+FF0E, U+FF61).
std::string with_plain_dots(std::string_view text) {
  constexpr std::array<std::string_view, 3> kDots = {"\xE3\x80\x82", "\xEF\xBC\x8E", "\xEF\xBD\xA1"};
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const bool dot = std::find(kDots.begin(), kDots.end(), text.substr(i, 3)) != kDots.end();
    out += dot ? '.' : text[i];
    i += dot ? 3 : 1;
  }
  return out;
}

/// A label with non-ASCII bytes as an A-label; nullopt if it has none.
std::optional<std::string> to_a_label(std::string_view label) {
  const bool host_bytes = std::all_of(label.begin(), label.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || is_host_byte(c);
  });
  if (!host_bytes) return {};
  const std::string terminated(label);
  std::uint8_t* looked_up = nullptr;
  // Never IDN2_USE_STD3_ASCII_RULES: it drops "_" without a word.
  const int status = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(terminated.c_str()), &looked_up,
                                    IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
  // What IDNA 2008 excludes may be registered all the same, and MTAs, which follow UTS #46, deliver to it.
  if (status == IDN2_DISALLOWED) {
    std::string made = punycode_label(label);
    return made.empty() ? std::nullopt : std::optional(std::move(made));
  }
  if (status != IDN2_OK) return {};
  std::string result = base::lower(reinterpret_cast<const char*>(looked_up));
  idn2_free(looked_up);
  return result;
}

/// One label, lower-case ASCII. An A-label is taken as it stands: it is what DNS knows, and IDNA 2008 would
/// refuse some that are registered (emoji).
base::Result<std::string> canonical_label(std::string_view label) {
  std::string result = is_ascii(label) ? base::lower(label) : to_a_label(label).value_or("?");
  if (result.empty()) return base::invalid("domain has an empty label");
  if (result.size() > kMaxLabel) return base::invalid("domain has a label of more than 63 octets");
  if (!std::all_of(result.begin(), result.end(), is_host_byte)) {
    return base::invalid("domain has a character that is not allowed in a host name");
  }
  return result;
}

/// "[192.0.2.1]" or "[IPv6:2001:db8::1]" in one spelling (RFC 5321 §4.1.3).
base::Result<std::string> canonical_literal(std::string_view text) {
  std::string_view inside = text.substr(1);
  if (!inside.empty() && inside.back() == ']') {
    inside.remove_suffix(1);
    const bool tagged = base::starts_with_ignore_case(inside, "ipv6:");
    if (tagged) inside.remove_prefix(5);
    const auto ip = base::parse_ip(inside);
    if (ip && tagged == (inside.find(':') != std::string_view::npos)) {
      const std::string plain = base::format_ip(*ip);
      return (plain.find(':') == std::string::npos ? "[" : "[ipv6:") + plain + "]";
    }
  }
  return base::invalid("not an address literal: expected [192.0.2.1] or [IPv6:2001:db8::1]");
}

/// A quoted local part from its opening quote on: the unquoted text and the position behind
/// the closing quote.
base::Result<std::pair<std::string, std::size_t>> read_quoted(std::string_view text) {
  std::string local;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return std::pair(local, i + 1);
    if (text[i] == '\\' && ++i == text.size()) break;
    local += text[i];
  }
  return base::invalid("address has a quote that is not closed");
}

base::Result<std::pair<std::string, std::size_t>> read_local(std::string_view text) {
  if (text.front() == '"') return read_quoted(text);
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return base::invalid("address has no \"@\"");
  if (at == 0) {
    return base::invalid(text.find(':') == std::string_view::npos ? "address has nothing before \"@\""
                                                                  : "address has a source route");
  }
  const std::string_view local = text.substr(0, at);
  if (!std::all_of(local.begin(), local.end(), is_local_byte)) {
    return base::invalid("address has a character before \"@\" that must be quoted");
  }
  return std::pair(std::string(local), at);
}

/// True if the local part may stand without quotes (dot-atom, RFC 5322 §3.2.3).
bool is_dot_atom(std::string_view local) {
  return !local.empty() && local.front() != '.' && local.back() != '.' &&
         local.find("..") == std::string_view::npos && std::all_of(local.begin(), local.end(), is_local_byte);
}

}  // namespace

base::Result<std::string> canonical_domain(std::string_view text) {
  if (!text.empty() && text.front() == '[') return canonical_literal(text);
  if (text.size() > kMaxDomainText) return base::invalid("domain is longer than 253 octets");
  std::string mapped;
  if (!is_ascii(text)) {
    mapped = with_plain_dots(text);
    text = mapped;
  }
  if (!text.empty() && text.back() == '.') text.remove_suffix(1);
  std::string domain;
  domain.reserve(text.size());
  for (std::size_t begin = 0;;) {
    const std::size_t dot = std::min(text.find('.', begin), text.size());
    auto label = canonical_label(text.substr(begin, dot - begin));
    if (!label) return tl::unexpected(std::move(label).error());
    domain += *label;
    if (dot == text.size()) break;
    domain += '.';
    begin = dot + 1;
  }
  if (domain.size() > kMaxDomain) return base::invalid("domain is longer than 253 octets");
  return domain;
}

base::Result<Address> parse_address(std::string_view text) {
  text = without_blanks(text);
  if (std::any_of(text.begin(), text.end(), is_control)) {
    return base::invalid("address has a control character");
  }
  if (text.size() >= 2 && text.front() == '<' && text.back() == '>') {
    text = without_blanks(text.substr(1, text.size() - 2));
  }
  if (text.empty()) return base::invalid("address is empty");
  if (!is_ascii(text) && (!base::is_utf8(text) || has_invisible(text))) {
    return base::invalid("address is not UTF-8 or has an invisible character");
  }
  auto local = read_local(text);
  if (!local) return tl::unexpected(std::move(local).error());
  auto& [name, end] = *local;
  if (name.empty()) return base::invalid("address has nothing before \"@\"");
  if (end >= text.size() || text[end] != '@') return base::invalid("address has no \"@\" after the quotes");
  const std::string_view domain_text = text.substr(end + 1);
  if (domain_text.empty()) return base::invalid("address has nothing after \"@\"");
  if (domain_text.find('@') != std::string_view::npos) return base::invalid("expected a single address");
  auto domain = canonical_domain(domain_text);
  if (!domain) return tl::unexpected(std::move(domain).error());
  if (name.size() + 1 + domain->size() > kMaxAddress)
    return base::invalid("address is longer than 2000 octets");
  return Address{std::move(name), std::move(*domain)};
}

Address canonical(const Address& address) {
  return {canonical_local(address.local), address.domain};
}

std::string canonical_key(const Address& address) {
  return canonical_local(address.local) + '@' + address.domain;
}

std::string format_address(const Address& address) {
  if (is_dot_atom(address.local)) return address.local + "@" + address.domain;
  std::string text = "\"";
  for (const char c : address.local) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"@" + address.domain;
}

bool is_same_or_subdomain(std::string_view domain, std::string_view parent) {
  if (parent.empty() || domain.size() < parent.size() || !domain.ends_with(parent)) return false;
  return domain.size() == parent.size() || domain[domain.size() - parent.size() - 1] == '.';
}

}  // namespace signpost::mail
