// The steps of the URL standard's basic parser (§4.4) that change what is sent: stripping, host,
// percent-encode sets.
#include "track/target.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "mail/address.h"
#include "track/token.h"

namespace signpost::track {
namespace {

/// Leading and trailing C0 controls and blanks, and tabs and line ends anywhere, are dropped
/// (URL standard §4.4).
std::string strip(std::string_view href) {
  const auto is_edge = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!href.empty() && is_edge(href.front())) href.remove_prefix(1);
  while (!href.empty() && is_edge(href.back())) href.remove_suffix(1);
  std::string stripped;
  stripped.reserve(href.size());
  for (const char c : href) {
    if (c != '\t' && c != '\r' && c != '\n') stripped += c;
  }
  return stripped;
}

/// True if the last label is a number: the whole is then read as an IPv4 address (URL standard §3.5,
/// "ends in a number").
bool ends_in_number(std::string_view host) {
  std::string_view label = host.substr(host.rfind('.') + 1);  // npos + 1 is 0
  if (std::all_of(label.begin(), label.end(), base::is_digit)) return true;
  if (!label.starts_with("0x")) return false;
  label.remove_prefix(2);
  return label.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// The host as it goes into the token, a final dot kept; nullopt if links to it are not rewritten.
std::optional<std::string> read_host(std::string_view host) {
  // "[" begins an IPv6 address or a template leftover; neither is a name.
  if (host.empty() || host.find_first_of("[]{}<>|%*^`\"\\@ ") != std::string_view::npos) return std::nullopt;
  auto canonical = mail::canonical_domain(host);
  if (!canonical || ends_in_number(*canonical)) return std::nullopt;
  if (mail::is_same_or_subdomain(*canonical, "localhost")) return std::nullopt;
  if (host.ends_with('.')) *canonical += '.';
  return std::move(*canonical);
}

bool is_port(std::string_view port) {
  const auto number = base::parse_number(port);
  return port.empty() || (number && *number <= 65535);
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ' || c == 127;
}

/// Appends `text` with blanks, bytes above 127 and the members of `set` percent-encoded.
void append_encoded(std::string& out, std::string_view text, std::string_view set) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte < 127 && set.find(c) == std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
}

/// Path, query and fragment, each with its own percent-encode set (URL standard §1.3). A backslash in the
/// path is a slash (§4.4); said as one, so that a client that does not know this finds the same host.
void append_rest(std::string& out, std::string_view rest) {
  const std::string_view before_fragment = rest.substr(0, rest.find('#'));
  const std::string_view path = before_fragment.substr(0, before_fragment.find('?'));
  std::string slashed(path);
  std::replace(slashed.begin(), slashed.end(), '\\', '/');
  append_encoded(out, slashed, "\"<>^`{}");
  append_encoded(out, before_fragment.substr(path.size()), "\"<>'");
  append_encoded(out, rest.substr(before_fragment.size()), "\"<>`");
}

Link excluded(std::string_view why) {
  return {LinkKind::excluded, {}, why};
}

}  // namespace

Link read_link(std::string_view href, std::string_view tracking_host) {
  const std::string url = strip(href);
  const bool https = base::starts_with_ignore_case(url, "https:");
  if (!https && !base::starts_with_ignore_case(url, "http:")) return {};
  std::string_view rest = std::string_view(url).substr(https ? 6 : 5);
  if (!rest.starts_with("//") || !base::is_utf8(rest)) return excluded("bad-address");
  rest.remove_prefix(2);

  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#\\"));
  const std::size_t colon = authority.find(':');
  const auto host = read_host(authority.substr(0, colon));
  const std::string_view port = colon == authority.npos ? std::string_view() : authority.substr(colon + 1);
  if (!host || !is_port(port)) return excluded("invalid-host");
  if (*host == tracking_host) return {LinkKind::tracked, {}, {}};

  const std::string_view tail = rest.substr(authority.size());
  if (std::any_of(tail.begin(), tail.end(), is_control)) return excluded("bad-address");
  std::string target = https ? "https://" : "http://";
  target += *host;
  if (!port.empty()) target.append(":").append(port);
  append_rest(target, tail);
  if (target.size() > kMaxTarget) return excluded("long-address");
  return {LinkKind::target, std::move(target), {}};
}

std::string_view host_of(std::string_view target) {
  target.remove_prefix(std::min(target.find("://"), target.size() - 3) + 3);
  std::string_view host = target.substr(0, target.find_first_of(":/?#\\"));
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

std::string_view place_of(std::string_view target) {
  const std::string_view place = target.substr(0, target.find_first_of("?#"));
  const std::size_t address = std::min(place.find('@'), place.find("%40"));
  return address == place.npos ? place : place.substr(0, place.rfind('/', address) + 1);
}

base::Result<Exclusion> parse_exclusion(std::string_view text) {
  const std::string_view host = text.substr(0, text.find('/'));
  const std::string_view path = text.substr(host.size());
  const bool plain = path.find_first_of("?#\\") == path.npos &&
                     std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 127; });
  auto canonical = read_host(host);
  if (!canonical || host.ends_with('.') || host.find(':') != host.npos || !plain) {
    return base::invalid("expected a host, or a host and a path, as in shop.example.com/account");
  }
  return Exclusion{std::move(*canonical), std::string(path)};
}

bool covers(const Exclusion& exclusion, std::string_view target) {
  if (!mail::is_same_or_subdomain(host_of(target), exclusion.host)) return false;
  if (exclusion.path.empty()) return true;
  const std::size_t slash = target.find_first_of("/?#\\", target.find("://") + 3);
  const std::string_view path = slash == target.npos ? std::string_view() : target.substr(slash);
  if (!path.starts_with(exclusion.path)) return false;
  const std::string_view below = path.substr(exclusion.path.size());
  return below.empty() || exclusion.path.ends_with('/') ||
         std::string_view("/?#").find(below.front()) != std::string_view::npos;
}

}  // namespace signpost::track
