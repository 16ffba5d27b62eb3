// A message file and the message that an MTA makes of it before a filter sees it, and the way back to the last bit.
// Facts tried on Postfix 3.7 (tests/e2e/message_file_e2e.py). What is in the header or the body is not looked at.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mail/edit.h"

namespace signpost::mail {

/// How a text's line ends relate to its wire form (CRLF), so that undo can be exact: offsets, in
/// the CRLF form, of line ends that were a bare LF.
struct Newlines {
  bool all_lf = false;               ///< every line end was a bare LF
  std::vector<std::size_t> bare_lf;  ///< else: these were (ascending)
  bool operator==(const Newlines&) const = default;
};
/// raw with every bare LF made CRLF, and how to go back.
std::pair<std::string, Newlines> to_crlf(std::string_view raw);
std::string from_crlf(std::string_view wire, const Newlines& newlines);

/// By which door a message comes in.
enum class Door { smtp, command };

/// How a file differs from the message that came of it.
struct FileForm {
  std::vector<Splice> on_entry;  ///< what the MTA changed, on the file's own bytes
  Newlines newlines;             ///< of the text after that
  bool operator==(const FileForm&) const = default;
};

/// The message in its wire form (CRLF) as an MTA takes it in, and the way back. An ordinary message changes its line
/// ends only. Else:
/// - mbox lines before the header ("From " behind any number of ">"): by command they are dropped, by SMTP each
///   becomes a field X-Mailbox-Line;
/// - a carriage return that does not end a line becomes a blank; several before a line end are one;
/// - an empty line is added where the header ends without one (RFC 5322 §2.1), because the next line is not a field;
/// - the last line gets its end.
std::pair<std::string, FileForm> to_wire(std::string_view file, Door door);
/// Error `invalid` if `form` is another message's.
base::Result<std::string> from_wire(std::string_view wire, const FileForm& form);

}  // namespace signpost::mail
