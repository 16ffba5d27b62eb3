// Splits at ";" and at the first "=". Strict, because a list that readers take differently is a way to cheat.
#include "dkim/tags.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "base/text.h"

namespace signpost::dkim {

namespace {

/// RFC 6376 §3.2: tag-name = ALPHA *ALNUMPUNC
bool is_name(std::string_view text) {
  return !text.empty() && base::is_alpha(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return base::is_alnum(c) || c == '_'; });
}

/// RFC 6376 §3.2: VALCHAR and folding white space (";" cannot be here any more).
bool is_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c > 0x20 && c < 0x7F) || base::is_space(c); });
}

base::Result<Tag> parse_tag(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return base::invalid("a tag without \"=\"");
  const std::string_view name = base::trim(text.substr(0, equals));
  const std::string_view value = base::trim(text.substr(equals + 1));
  if (!is_name(name)) return base::invalid("a bad tag name");
  if (!is_value(value)) return base::invalid("a bad byte in the value of " + std::string(name) + "=");
  return Tag{std::string(name), std::string(value)};
}

}  // namespace

const std::string* TagList::find(std::string_view name) const {
  const auto tag = std::find_if(tags.begin(), tags.end(), [name](const Tag& t) { return t.name == name; });
  return tag == tags.end() ? nullptr : &tag->value;
}

base::Result<TagList> parse_tags(std::string_view text) {
  TagList list;
  std::unordered_set<std::string> seen;
  std::vector<std::string_view> pieces = base::split(text, ';');
  if (base::trim(pieces.back()).empty()) pieces.pop_back();  // a ";" may stand behind the last tag
  for (const std::string_view piece : pieces) {
    auto tag = parse_tag(piece);
    if (!tag) return tl::unexpected(tag.error());
    if (!seen.insert(tag->name).second) return base::invalid("the tag " + tag->name + "= twice");
    list.tags.push_back(std::move(*tag));
  }
  return list;
}

std::string without_space(std::string_view value) {
  std::string result;
  result.reserve(value.size());
  std::copy_if(value.begin(), value.end(), std::back_inserter(result),
               [](char c) { return !base::is_space(c); });
  return result;
}

std::string format_tags(const TagList& list) {
  std::string text;
  for (const Tag& tag : list.tags) {
    if (!text.empty()) text += "; ";
    text += tag.name + "=" + tag.value;
  }
  return text;
}

}  // namespace signpost::dkim
