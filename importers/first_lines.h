// How a text is split, from its first lines. A part of importers/layout.
#pragma once

#include <string_view>

namespace signpost::importers {

/// The separator of a text's records: what the header line has outside quotes, or more than half of the first lines
/// have; '\0': none.
char guess_separator(std::string_view text, bool cr_ends_line);

/// Whether the whole lines of the text are addresses and nothing else: several of them, or all that there are.
bool is_plain_list(std::string_view text);

}  // namespace signpost::importers
