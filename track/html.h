// A scanner for HTML tags after the WHATWG tokenizer (data, tag, attribute, comment, RAWTEXT, RCDATA, script states): byte ranges of tag
// names, attribute names and values, no tree, no allocation per byte. Decodes attribute values by attribute rules.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/mime.h"

namespace signpost::track {

struct Attribute {
  mail::Range name;
  mail::Range value;     ///< without quotes; empty range if there is none
  char quote = 0;        ///< '"', '\'' or 0
  bool has_value = false;
};

struct Tag {
  bool closing = false;
  bool self_closing = false;
  mail::Range all;       ///< from '<' to '>'
  mail::Range name;
  std::vector<Attribute> attributes;  ///< in order, duplicates included (readers use the first)
};

/// Calls `on_tag` for each complete tag, in order; an unfinished tag at the end of input is none. Linear. The Tag is reused between calls.
void scan_tags(std::string_view html, const std::function<void(const Tag&)>& on_tag);

/// Character references of an attribute value resolved (WHATWG "named character reference state", attribute rules: `&sectionid=1` stays).
std::string decode_attribute(std::string_view value);
/// The value as it may stand between these quotes (0: unquoted): `&`, the quote, and where unquoted blanks and `>` as references.
std::string encode_attribute(std::string_view value, char quote);

}  // namespace signpost::track
