// Where links stand in plain text, by the common habit of mail readers.
#pragma once

#include <string_view>
#include <vector>

#include "mail/mime.h"

namespace signpost::track {

/// The http and https URLs of a text, in order: from "http" (not within a word) to a blank, a quote, an angle
/// bracket or a byte above 127, without closing punctuation and unmatched closing brackets. Linear.
std::vector<mail::Range> find_urls(std::string_view text);

}  // namespace signpost::track
