// A scanner for HTML tags after the WHATWG tokenizer: byte ranges of tag names, attribute names and values;
// no tree, no allocation per byte. Decodes and encodes attribute values. What a tag means is for the caller.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/mime.h"

namespace signpost::mail::html {

struct Attribute {
  mail::Range name;
  mail::Range value;  ///< without quotes; empty range if there is none
  char quote = 0;     ///< '"', '\'' or 0
  bool has_value = false;
};

struct Tag {
  bool closing = false;
  bool self_closing = false;
  mail::Range all;  ///< from '<' to after '>'
  mail::Range name;
  /// In order, duplicates included (readers use the first); those beyond 1000 are skipped.
  std::vector<Attribute> attributes;
};

/// Calls `on_tag` for each complete tag, in order. Linear. The Tag is reused between calls. False if the
/// input ends within a tag, a comment or the text of an element like <script>: then what follows it would not
/// be read as HTML. Limitation: CDATA sections within SVG or MathML are read as comments, since that
/// depends on the tree.
bool scan_tags(std::string_view html, const std::function<void(const Tag&)>& on_tag);

/// The same, and calls `on_comment` with what stands between "<!--" and "-->" of each whole comment.
bool scan_tags(std::string_view html, const std::function<void(const Tag&)>& on_tag,
               const std::function<void(const mail::Range&)>& on_comment);

/// The attribute's value with character references resolved by attribute rules (`&sectionid=1` stays) and NUL
/// as U+FFFD: what a reader gets.
std::string decode_attribute(std::string_view value);

/// The text as it may stand between these quotes (0: unquoted), so that decode_attribute gives it back.
std::string encode_attribute(std::string_view text, char quote);

/// The first attribute of that name (given in lower case), or nullptr.
const Attribute* find_attribute(std::string_view html, const Tag& tag, std::string_view name);
/// True if the tag is called that (given in lower case).
bool is_named(std::string_view html, const Tag& tag, std::string_view name);

}  // namespace signpost::mail::html
