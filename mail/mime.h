// The MIME structure of a body as byte ranges: nothing is copied, nothing is decoded, every byte has one
// place. Tolerant as mail readers are, linear in the input, bounded in depth and parts. Knows the syntax of
// RFC 2045 and 2046; not what a part is good for.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mail/field/content_value.h"
#include "mail/message.h"

namespace signpost::mail {

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t size() const { return end - begin; }
  std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
  bool operator==(const Range&) const = default;
};

struct Part {
  ContentValue type;         ///< "text/plain" if absent ("message/rfc822" within a digest)
  ContentValue disposition;  ///< value empty if absent
  std::string encoding;      ///< lower case, "7bit" if absent; without what follows a blank, ";" or "("
  /// More than one Content-Type field: readers differ, so the part must not be rewritten.
  bool several_types = false;
  bool several_encodings = false;
  Range header;   ///< its fields within the body; empty for the root (its fields are the message's)
  Range content;  ///< the encoded bytes, without the line end that belongs to the next delimiter
  std::vector<Part> children;  ///< of multipart/*; message/rfc822 is a leaf
  bool unclosed = false;       ///< a multipart whose closing delimiter is missing
};

struct Structure {
  Part root;
  /// Empty, or why the structure cannot be trusted for rewriting: "too-deep", "too-many-parts",
  /// "bad-boundary" (a multipart without a usable one), "ambiguous" (a delimiter line that two open
  /// multiparts claim).
  std::string problem;
};

/// Depth at most 32, parts at most 1000; beyond either the rest is not looked into. Ranges are within `body`.
Structure parse_mime(const std::vector<Field>& fields, std::string_view body);

}  // namespace signpost::mail
