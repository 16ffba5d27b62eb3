// Addresses as reports show them: in brackets, behind a type, in the middle of a sentence, hidden. Looser than mail/address,
// which decides what is listed: here only the place and the shape are found.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "mail/mime.h"

namespace signpost::feedback {

/// What may stand in an unquoted local part, and in a domain. Looser than RFC 5321: bytes above 127 are let pass (RFC 6531).
bool is_local_char(char c);
bool is_domain_char(char c);

/// The address without blanks, brackets, quotes, "mailto:" and closing punctuation; empty if what is left is no address
/// or one that was made unreadable ("redacted@example.org", "****@example.org").
std::string clean_address(std::string_view text);

/// Where the first address at or behind `from` stands; at most 320 octets long. Linear.
std::optional<mail::Range> find_address(std::string_view text, std::size_t from = 0);

}  // namespace signpost::feedback
