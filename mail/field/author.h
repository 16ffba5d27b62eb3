// The From field: which mailboxes it names. Reads the RFC 5322 address-list grammar with the oddities of real
// mail (comments, groups, quoted strings, obsolete routes). Signing and sender checks both ask here, so that
// they cannot differ. Where two mail readers could show two authors, it names none.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "mail/address.h"
#include "mail/message.h"

namespace signpost::mail {

/// All mailboxes of an address-list value, members of groups included (empty only if all groups are). Error
/// `invalid` if the value cannot be read without guessing: then no domain may be derived from it. Read as
/// real mail needs it: "@" and "." in an unquoted display name, empty list elements, routes. Not read: blanks
/// inside a domain (RFC 5322 §4.4), a second "@", an encoded word as local part, a comment with an address in
/// it between the pieces of an address, a bare name beside an address without brackets, control bytes.
base::Result<std::vector<Address>> parse_address_list(std::string_view value);

/// Why there is no one author.
enum class NoAuthor { missing, several_fields, several_mailboxes, empty_group, unreadable };

/// The one author's address, from all From fields of the message.
tl::expected<Address, NoAuthor> find_author(const std::vector<Field>& fields);

}  // namespace signpost::mail
