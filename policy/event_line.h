// A line of the policy log's text form, back as data: what policy/event writes, this reads.
#pragma once

#include <functional>
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

/// A field as it stands in a line, of which these are views; the value in its quotes if it has any.
struct RawField {
  std::string_view key;
  std::string_view value;
};
/// Errors as of parse_event_text, but for the time and what stands in quotes.
base::Result<std::vector<RawField>> split_event_text(std::string_view line);

/// Every form in which lines of the last weeks may show an address: as it is, and hashed under each key.
using AddressForms = std::function<std::vector<std::string>(std::string_view)>;

/// Without the line end. Error `invalid` for what format_event_text does not write: a torn line, another's.
base::Result<EventLine> parse_event_text(std::string_view line);

/// The value of a key in such a line, as it is written there, in its quotes if it has any; empty if there is none. For looking
/// through many lines, of which few are parsed: a quoted text before it may hold what looks like it.
std::string_view find_raw_value(std::string_view line, std::string_view key);

}  // namespace signpost::policy
