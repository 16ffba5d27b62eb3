// Query parameters such as utm_source that a site adds to the targets of its own hosts. Knows the query of a
// URL; not where targets come from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "track/settings.h"

namespace signpost::track {

/// What the places of a value stand for.
struct TagValues {
  std::string_view campaign;
  std::string_view stream;
};

/// Adds the tags meant for this host to the query of a target that read_link gave: at its end, before the
/// fragment; everything else stays byte for byte. A parameter that the query already has is not added (so
/// never twice), nor one whose value is empty, nor one with which the target would be longer than kMaxTarget.
void add_tags(std::string& target, const std::vector<QueryTag>& tags, const TagValues& values);

/// A value as a setting gives it: text without control bytes, in which "{" begins {campaign} or {stream}.
base::Result<std::string> parse_tag_value(std::string_view text);

}  // namespace signpost::track
