// A line of the policy log's text form, back as data: what policy/event writes, this reads.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace signpost::policy {

struct EventLine {
  base::Wall at{};
  /// In their order, unescaped; an address keeps its <>, and `-` stands for an absent word.
  std::vector<std::pair<std::string, std::string>> fields;

  /// Empty if there is none, or if it is `-`.
  std::string_view value(std::string_view key) const;
  /// The same of an address, without its <>.
  std::string_view address(std::string_view key) const;
};

/// Without the line end. Error `invalid` for what format_event_text does not write: a torn line, another's.
base::Result<EventLine> parse_event_text(std::string_view line);

/// The value of a key in such a line, as it is written there, in its quotes if it has any; empty if there is none. For looking
/// through many lines, of which few are parsed: a quoted text before it may hold what looks like it.
std::string_view find_raw_value(std::string_view line, std::string_view key);

}  // namespace signpost::policy
