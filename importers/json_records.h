// Entries in JSON files as provider tools print them: one document, several one after another (pages), or one object a
// line (RFC 8259). An entry is an object in an array that is the document or a member of it, a text in an array that is
// the document, or, where there is no such array, the document itself. Memory is one entry.
#pragma once

#include "importers/records.h"

namespace signpost::importers {

/// What was read beside the entries.
struct JsonEnd {
  bool is_cut = false;  ///< a document said that more pages follow: NextToken with a value, has_more true
};

/// Gives each entry to `take`, until that returns false. Nested keys are joined by "."; of an array inside an entry the
/// texts are joined by ",", and of objects in it the first counts. A text in an array has the key "address". Error
/// `invalid`: not JSON, with the line, or a value above kMaxRecord.
base::Result<JsonEnd> read_json_records(TextSource& source, const TakeRecord& take);

}  // namespace signpost::importers
