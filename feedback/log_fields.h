// The pieces of which lines of a mail log are made, whichever MTA wrote them: queue ids, addresses, fields. Each function
// reads at the beginning of a text; those named take_ also remove what they read. All are linear.
#pragma once

#include <cstddef>
#include <string_view>

namespace signpost::feedback {

/// Removes the prefix, if the text begins with it.
bool take(std::string_view& text, std::string_view prefix);

bool is_queue_id(std::string_view text);
/// "QID: "; empty if the text does not begin so.
std::string_view take_queue_id(std::string_view& text);

/// Behind the quoted string, or the comment, that begins at `at`; npos if it does not end.
std::size_t skip_quoted(std::string_view text, std::size_t at);
std::size_t skip_comment(std::string_view text, std::size_t at);

/// How long the address is with which the text begins, "a@b", "\"a, b\"@c", "a@[192.0.2.1]" or "root"; 0 if there is none.
/// Nothing that could be taken for the end of a field is part of it, except in quotes.
std::size_t address_length(std::string_view text);
/// The address in "<a@b>"; empty if the text does not begin so.
std::string_view take_bracketed(std::string_view& text);

/// The name in "key=" of the field that begins here; empty if none does.
std::string_view take_key(std::string_view& text);
/// Up to the next field.
std::string_view take_value(std::string_view& text);

/// The value, if it is an enhanced status code (RFC 3463 §2); else empty.
std::string_view status_code(std::string_view value);

}  // namespace signpost::feedback
