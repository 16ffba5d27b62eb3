// Records of a lookup table of an MTA: a pattern, blanks, and what to do.
#pragma once

#include <string_view>

#include "base/result.h"
#include "importers/records.h"

namespace signpost::importers {

/// The first record of the text: Postfix, access(5). A line that begins with a blank goes on with the one before; lines
/// that are empty or begin with # may stand between them. Its cells are the pattern; the action in small letters, of
/// "550 text" 5nn, of "450 text" 4nn, of digits alone ok; the enhanced status code that leads the text (5.1.1);
/// the text. A record without a pattern or action has a fault; an empty line or comment is a record without cells.
/// `is_last` and the answer are as of parse_csv_record. Error `invalid`: a record above 2 * kMaxRecord.
base::Result<CsvTaken> parse_map_record(std::string_view text, bool is_last, bool cr_ends_line,
                                        Record& record);

}  // namespace signpost::importers
