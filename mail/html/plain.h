// Where links stand in plain text. Conservative: a reader that takes another stretch for the link would ask
// for a token that nobody minted.
#pragma once

#include <string_view>
#include <vector>

#include "mail/mime.h"

namespace signpost::mail::html {

/// The http and https URLs of a text, in order, also with "+notrack" behind the scheme: from "http" (not within a word)
/// to a blank, a double quote or an angle bracket, or to the parenthesis or square bracket that closes what was opened
/// before it, without closing punctuation. One that stands directly behind `'`, a grave accent or `{` ends at the
/// next `'`, grave accent or `}` (as readers do: Thunderbird's mozTXTToHTMLConv, linkify-it).
///
/// Behind `<` or `<URL:` (RFC 3986 appendix C) a URL goes up to the `>`, over line breaks too; the range then holds
/// them. Left out: what has characters that RFC 3986 does not allow in it (international ones, `[` `]` `{` `}` `|`, as
/// markup and templates have), an apostrophe that nothing opened, what ends in `*` or `~`, what stands behind `<`
/// without its `>`, and with `joins_lines` (format=flowed with DelSp=yes) what goes on in the next line. Linear.
std::vector<mail::Range> find_urls(std::string_view text, bool joins_lines = false);

}  // namespace signpost::mail::html
