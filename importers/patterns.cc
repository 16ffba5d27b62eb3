#include "importers/patterns.h"

#include <algorithm>

#include "base/text.h"

namespace signpost::importers {
namespace {

std::string quoted(std::string_view text) {
  return "'" + std::string(text.substr(0, 60)) + (text.size() > 60 ? "…" : "") + "'";
}

/// Postfix, access(5).
base::Result<ListedPattern> read_access(std::string_view pattern) {
  const bool is_numbers = std::all_of(pattern.begin(), pattern.end(),
                                      [](char c) { return base::is_digit(c) || c == '.' || c == '/'; });
  if (pattern.starts_with('/') || pattern.starts_with("!/"))
    return base::invalid(quoted(pattern) + " is a regular expression, which cannot be listed");
  if (pattern == "<>") return base::invalid("'<>' is the null sender, not a recipient");
  if (pattern.ends_with('@')) {
    return base::invalid(quoted(pattern) +
                         " means this name in any domain, which cannot be listed; list the addresses");
  }
  if (pattern.find('@') != std::string_view::npos) return ListedPattern{std::string(pattern), false};
  if (is_numbers || pattern.find(':') != std::string_view::npos || pattern.starts_with('['))
    return base::invalid(quoted(pattern) + " is a host or a network, not an address of a recipient");
  const bool is_below = pattern.starts_with('.');
  return ListedPattern{"@" + std::string(pattern.substr(is_below ? 1 : 0)), is_below};
}

/// Sendmail, cf/README: a host stands for all names below it too.
base::Result<ListedPattern> read_sendmail_access(std::string_view pattern) {
  if (pattern.find(':') != std::string_view::npos && pattern.find('@') != std::string_view::npos)
    return base::invalid(quoted(pattern) + " begins with a tag that Sendmail's access map does not have");
  auto read = read_access(pattern);
  if (read && read->name.starts_with('@')) read->with_subdomains = true;
  return read;
}

/// Patterns of senders: * of Sympa, regular expressions of Mailman.
base::Result<ListedPattern> read_sender(std::string_view pattern) {
  if (pattern.starts_with('^'))
    return base::invalid(quoted(pattern) + " is a regular expression, which cannot be listed");
  const std::string_view rest = pattern.starts_with("*@") ? pattern.substr(2) : pattern;
  if (rest.find('*') != std::string_view::npos)
    return base::invalid(quoted(pattern) + " cannot be listed; only *@DOMAIN can, as the domain");
  return ListedPattern{(rest.size() < pattern.size() ? "@" : "") + std::string(rest), false};
}

}  // namespace

base::Result<ListedPattern> read_pattern(NameKind names, std::string_view pattern) {
  switch (names) {
    case NameKind::access:
      return read_access(pattern);
    case NameKind::sendmail_access:
      return read_sendmail_access(pattern);
    case NameKind::sender:
    case NameKind::address:
      break;
  }
  return read_sender(pattern);
}

}  // namespace signpost::importers
