#include "policy/listed_name.h"

#include <algorithm>

#include "base/text.h"
#include "mail/address.h"
#include "mail/hashed_address.h"

namespace signpost::policy {
namespace {

bool has_pattern(std::string_view text) {
  return text.find('*') != std::string_view::npos;
}

std::string shown(std::string_view text) {
  return "'" + std::string(text.substr(0, 80)) + "'";
}

/// Of a domain's pattern, what is behind its "@".
base::Result<ListedName> parse_domain_name(std::string_view domain, std::string_view text) {
  ListedName name;
  for (const std::string_view below : {"*.", "."}) {
    if (!domain.starts_with(below)) continue;
    domain.remove_prefix(below.size());
    name.subdomains = true;
    break;
  }
  if (domain == "*" || domain.empty()) return base::invalid(shown(text) + " would list everybody");
  if (has_pattern(domain)) {
    return base::invalid("patterns such as " + shown(text) +
                         " are not supported; list a domain as @example.net, and with the names below it as "
                         "@*.example.net or with subdomains=yes");
  }
  name.name = "@" + std::string(domain);
  return name;
}

/// "example.net": could be listed if it had its "@".
bool is_bare_domain(std::string_view text) {
  return text.find('@') == std::string_view::npos && text.find('.') != std::string_view::npos &&
         mail::canonical_domain(text).has_value();
}

/// "a@x;b@y" and the like.
bool is_several(std::string_view text) {
  if (text.find('"') != std::string_view::npos) return false;
  return std::count(text.begin(), text.end(), '@') > 1 &&
         text.find_first_of(",; \t|/") != std::string_view::npos;
}

}  // namespace

base::Result<ListedName> parse_listed_name(std::string_view text) {
  text = base::trim(text);
  const bool is_plain =
      !has_pattern(text) && text.find('@') != std::string_view::npos && !text.starts_with('@');
  if (mail::looks_hashed(text) || (is_plain && !is_several(text)))
    return ListedName{std::string(text), false};
  if (text.starts_with("*@")) return parse_domain_name(text.substr(2), text);
  if (text.starts_with('@') && !is_several(text)) return parse_domain_name(text.substr(1), text);
  if (text == "*") return base::invalid("'*' would list everybody");
  if (is_several(text))
    return base::invalid(shown(text) + " holds several addresses; write each on a line of its own");
  const std::string_view bare = text.starts_with("*.")  ? text.substr(2)
                                : text.starts_with('.') ? text.substr(1)
                                                        : text;
  if (is_bare_domain(bare)) {
    const bool is_below = bare.size() != text.size();
    return base::invalid(shown(text) + " has no \"@\"; to list the whole domain write " +
                         (is_below ? "@*." : "@") + std::string(bare));
  }
  // In quotes a "*" is a letter like any other.
  if (!has_pattern(text) || text.starts_with('"')) return ListedName{std::string(text), false};
  return base::invalid(
      "patterns such as " + shown(text) +
      " are not supported; list each address, or the whole domain as @example.net; a local part that "
      "really contains \"*\" stands in double quotes");
}

bool needs_subdomains(std::string_view name) {
  if (!name.starts_with('@')) return false;
  const std::string_view domain = base::trim(name.substr(1));
  const bool is_literal = domain.starts_with('[');
  return !is_literal && !domain.empty() &&
         domain.substr(0, domain.size() - 1).find('.') == std::string_view::npos && domain != "localhost";
}

}  // namespace signpost::policy
