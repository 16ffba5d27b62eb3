// Records of a lookup table of an MTA: a pattern, blanks, and what to do.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "importers/records.h"

namespace signpost::importers {

/// The first record of the text. Its cells are the pattern; the action in small letters, of "550 text" 5nn, of "450 text"
/// 4nn; the enhanced status code that leads the text (5.1.1); the text. A record without a pattern or action has a
/// fault; an empty line or comment is a record without cells.
/// - Postfix, access(5): a line that begins with a blank goes on with the one before; lines that are empty or begin with #
///   may stand between them. Digits alone are ok.
/// - Sendmail, cf/README ("access database") and makemap(8): a line that begins with a blank is a fault. ERROR:550 text,
///   ERROR:5.1.1:550 text and 550 text are all 5nn. The tag "To:" is no part of the pattern; where another tag
///   stands, the action is the tag ("from"), since such a line says nothing about recipients.
/// `is_last` and the answer are as of parse_csv_record. Error `invalid`: a record above 2 * kMaxRecord.
base::Result<CsvTaken> parse_map_record(std::string_view text, bool is_last, MapKind kind, bool cr_ends_line,
                                        Record& record);

/// The tags of Sendmail's access map in small letters, without To.
std::span<const std::string_view> sendmail_tags();

}  // namespace signpost::importers
