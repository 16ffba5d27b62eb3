// The file that says what was done to a message: what `message run --edits` writes and `message undo` reads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mail/edit.h"
#include "mail/file/message_file.h"

namespace signpost::mail {

/// What became of a message file: the message that the MTA made of it, then the edits.
struct EditFile {
  FileForm form;
  std::vector<Edit> edits;
  bool operator==(const EditFile&) const = default;
};

/// A line-based text form (first line `signpost-edits 1`, last line `end`; strings in base64, an empty one as
/// `-`). The round trip is exact.
std::string format_edits(const EditFile& file);
/// Error `invalid` with the line that is none. A file that was cut short is an error, because half an undo is a
/// damaged message.
base::Result<EditFile> parse_edits(std::string_view text);

}  // namespace signpost::mail
