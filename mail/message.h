// A message as an MTA hands it over: ordered raw header fields and body bytes. Nothing is decoded here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace signpost::mail {

/// One header field. `name` is as given, even with blanks before the colon (files only; find ignores them).
/// `value` is verbatim, from right after the colon: with its leading space (SMFIP_HDR_LEADSPC), folds as "\n"
/// plus blank, no newline at the end.
struct Field {
  std::string name;
  std::string value;
  bool operator==(const Field&) const = default;
};

struct Message {
  std::vector<Field> fields;
  std::string body;  ///< lines end in CRLF as the MTA gave them; any bytes
  /// For files only, so that format_message(parse_message(x)) == x: whether the empty line between header and
  /// body is there, and whether the last header line has its line end.
  bool has_separator = true;
  bool header_terminated = true;

  /// First field of that name (ASCII case ignored), or nullptr.
  const Field* find(std::string_view name) const;
};

/// True if the field is called `name` (ASCII case and blanks before the colon ignored).
bool has_name(const Field& field, std::string_view name);
const Field* find_field(const std::vector<Field>& fields, std::string_view name);
std::size_t count_fields(const std::vector<Field>& fields, std::string_view name);

/// True if a line, without its end, begins a field: a name, blanks if any, a colon (RFC 5322 §2.2, §4.5).
bool is_field_line(std::string_view line);

/// A message file in its wire form (CRLF; to_crlf in mail/file/message_file.h makes it): header fields, an empty line,
/// body. A line in the header that is neither a field nor a fold ends the header: it is the body's first
/// line, as MTAs treat it (so is a leading mbox line "From …").
Message parse_message(std::string_view raw);
/// CRLF form: what goes over the wire.
std::string format_message(const Message& message);

/// The value with folds removed (RFC 5322 §2.2.3: only the line ends go) and blanks trimmed at both ends.
std::string unfold(std::string_view value);

}  // namespace signpost::mail
