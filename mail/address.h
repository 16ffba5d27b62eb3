// An address and its canonical key. Knows domains (IDNA), local parts and the junk people put around both;
// does not know header syntax (mail/field/author.h) or what a key is used for.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace signpost::mail {

/// A mailbox, split at the last "@". `local` is unquoted ("john smith" without its quotes) and as given in
/// case; `domain` is the canonical form: lower-case A-labels, no trailing dot; an address literal
/// keeps its brackets.
struct Address {
  std::string local;
  std::string domain;
  bool operator==(const Address&) const = default;
};

/// Reads "a@b", "<a@b>", " a@b. " (surrounding blanks, one pair of brackets, a trailing dot). Refuses, with a
/// text that says why: no "@", an empty side, a control byte, a second address, a bad domain, more than
/// 2000 octets, an unclosed quote, a source route. RFC 5321 §4.5.3.1 allows a local part of 64 octets; MTAs deliver longer ones.
base::Result<Address> parse_address(std::string_view text);

/// The domain as lower-case A-labels (IDNA 2008 non-transitional, NFC; full-width dots accepted), without a
/// trailing dot. Keeps "_" (which STD3 rules would silently drop). Errors: empty label, label over 63, name
/// over 253 octets, a byte that no host name has. `[192.0.2.1]` and `[IPv6:…]` pass, in lower case and one
/// spelling. A U-label that IDNA 2008 excludes (emoji) is encoded all the same.
base::Result<std::string> canonical_domain(std::string_view text);

/// The address with its local part in canonical form (mail/local_part): what it is listed under.
Address canonical(const Address& address);
/// The base key of an address: canonical local part, "@", canonical domain. The same on write and read.
std::string canonical_key(const Address& address);

/// local@domain, the local part quoted again where it must be.
std::string format_address(const Address& address);

/// True if `domain` is `parent` or a name below it; both canonical.
bool is_same_or_subdomain(std::string_view domain, std::string_view parent);

}  // namespace signpost::mail
