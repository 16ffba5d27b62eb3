#include "importers/first_lines.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/text.h"
#include "importers/records.h"

namespace signpost::importers {

char guess_separator(std::string_view text, bool cr_ends_line) {
  constexpr std::string_view kSeparators = "\t,;|";
  std::array<std::size_t, 4> lines_with = {};
  std::array<std::size_t, 4> in_first = {};
  std::size_t lines = 0;
  bool first_has_address = false;
  while (!text.empty() && lines < 20) {
    const std::size_t end = text.find(cr_ends_line ? '\r' : '\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (trim_cell(line).empty() || line[0] == '#') continue;
    std::array<std::size_t, 4> count = {};
    bool in_quotes = false;
    for (const char c : trim_cell(line)) {
      if (c == '"') in_quotes = !in_quotes;
      const std::size_t which = in_quotes ? std::string_view::npos : kSeparators.find(c);
      if (which != std::string_view::npos) ++count[which];
    }
    if (lines == 0) {
      in_first = count;
      first_has_address = line.find('@') != std::string_view::npos;
    }
    for (std::size_t i = 0; i < count.size(); ++i) lines_with[i] += count[i] > 0 ? 1 : 0;
    ++lines;
  }
  const auto& counted = first_has_address ? lines_with : in_first;
  if (in_first[0] > 0 && !first_has_address) return '\t';
  const auto best =
      static_cast<std::size_t>(std::max_element(counted.begin(), counted.end()) - counted.begin());
  const bool is_enough = first_has_address ? 2 * counted[best] > lines : counted[best] > 0;
  return is_enough ? kSeparators[best] : '\0';
}

bool is_plain_list(std::string_view text) {
  std::size_t lines = 0;
  for (; lines < 20; ++lines) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool is_address =
        std::count(line.begin(), line.end(), '@') == 1 && std::all_of(line.begin(), line.end(), [](char c) {
          return base::is_alnum(c) || std::string_view("@._+-").find(c) != std::string_view::npos;
        });
    if (!is_address) return false;
    text.remove_prefix(end + 1);
  }
  return lines > 0;
}

}  // namespace signpost::importers
