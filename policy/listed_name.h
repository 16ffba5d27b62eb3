// What people write to name what is listed: an address, @DOMAIN, a keyed hash, and patterns that mean one of these. A
// pattern that nothing would ever match is refused, with the form that does what was meant.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace signpost::policy {

struct ListedName {
  std::string name;         ///< an address, "@domain" or "hmac:…", not canonical yet
  bool subdomains = false;  ///< the pattern means the names below the domain too
  bool operator==(const ListedName&) const = default;
};

/// "*@example.net" is "@example.net"; "@*.example.net", "*@*.example.net" and "@.example.net" are "@example.net" with
/// the names below it. Error `invalid`: a "*" at another place (a local part that really holds one stands in quotes:
/// "a*"@example.net), a domain without its "@", everybody ("*", "@*"), several addresses.
base::Result<ListedName> parse_listed_name(std::string_view text);

/// "@ru" lists only addresses at the host "ru": a whole top-level domain needs subdomains=yes, a host of that name
/// subdomains=no. True for such a name.
bool needs_subdomains(std::string_view name);

}  // namespace signpost::policy
