// The tag list that DKIM-Signature fields and key records share (RFC 6376 §3.2). Knows its syntax,
// not what a tag means.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace signpost::dkim {

struct Tag {
  std::string name;   ///< case matters
  std::string value;  ///< blanks at both ends gone, inside as they were
  bool operator==(const Tag&) const = default;
};

/// In the order given; no name twice.
struct TagList {
  std::vector<Tag> tags;
  /// The value of that tag, or nullptr.
  const std::string* find(std::string_view name) const;
  bool operator==(const TagList&) const = default;
};

/// Error `invalid` for a piece without "=", a bad name, a byte that no value may hold, or a name used twice.
base::Result<TagList> parse_tags(std::string_view text);
/// "v=1; a=rsa-sha256". Round trip with parse_tags.
std::string format_tags(const TagList& list);
/// A value that may be folded anywhere, such as base64, without its white space.
std::string without_space(std::string_view value);

}  // namespace signpost::dkim
