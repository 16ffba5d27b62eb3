// Where links stand in plain text. Conservative: a reader that takes another stretch for the link would ask
// for a token that nobody minted.
#pragma once

#include <string_view>
#include <vector>

#include "mail/mime.h"

namespace signpost::mail::html {

/// The http and https URLs of a text, in order: from "http" (not within a word) to a blank, a double quote or
/// an angle bracket, without closing punctuation and unmatched closing brackets. Left out: what has
/// characters that RFC 3986 does not allow in it (international ones, `[` `]` `{` `}` `|`, as markup and
/// templates have), what ends in `*` or `~`, and with `joins_lines` (format=flowed with DelSp=yes) what
/// goes on in the next line. Linear.
std::vector<mail::Range> find_urls(std::string_view text, bool joins_lines = false);

}  // namespace signpost::mail::html
