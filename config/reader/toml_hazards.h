// What must not reach toml++ 3.3: keys that nest so deep that its recursion exhausts the stack, and table
// headers on which it asserts instead of reporting an error ("[" at the end of a line, "[[["). Letters
// outside ASCII, where TOML has none, get a clearer error here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace signpost::config::reader {

struct TomlHazard {
  std::size_t line_begin = 0;  ///< offset of the line that it stands in: what is before can be parsed
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  std::string_view problem;
};

/// The first hazard. Strings and comments are recognized as in TOML, up to the first syntax error: a hazard found
/// after one may be false, so a caller looks for errors before it first.
std::optional<TomlHazard> find_toml_hazard(std::string_view text);

}  // namespace signpost::config::reader
