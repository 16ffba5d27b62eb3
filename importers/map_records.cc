#include "importers/map_records.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace signpost::importers {
namespace {

/// A record that is longer has no further lines: comments may follow without end.
constexpr std::size_t kMaxLines = std::size_t{64} * 1024;

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), base::is_digit);
}

/// Takes the first word, and the blanks behind it.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text = trim_cell(text.substr(end));
  return word;
}

/// The pattern, which may stand in quotes (postmap(1)).
std::string_view take_pattern(std::string_view& text) {
  if (text.starts_with('"')) {
    const std::size_t close = text.find('"', 1);
    const bool is_quoted =
        close != std::string_view::npos && (close + 1 == text.size() || is_blank(text[close + 1]));
    if (is_quoted) {
      const std::string_view pattern = text.substr(1, close - 1);
      text = trim_cell(text.substr(close + 1));
      return pattern;
    }
  }
  return take_word(text);
}

bool is_status(std::string_view word) {
  const auto parts = base::split(word, '.');
  return parts.size() == 3 && std::all_of(parts.begin(), parts.end(), is_digits);
}

void split_record(std::string_view text, Record& record) {
  std::string pattern = clean_cell(take_pattern(text));
  const std::string_view whole = text;
  const std::string_view word = take_word(text);
  std::string action = base::lower(clean_cell(word));
  if (pattern.empty() || action.empty()) {
    record.fault = "a line of a table needs a pattern and an action";
    return;
  }
  if (is_digits(whole)) {
    action = "ok";
  } else if (word.size() == 3 && is_digits(word) && (word[0] == '4' || word[0] == '5')) {
    action = std::string(1, word[0]) + "nn";
  }
  std::string_view rest = text;
  const std::string_view status = take_word(rest);
  record.cells = {std::move(pattern), std::move(action),
                  is_status(status) ? std::string(status) : std::string(), clean_cell(text)};
}

}  // namespace

base::Result<CsvTaken> parse_map_record(std::string_view text, bool is_last, bool cr_ends_line,
                                        Record& record) {
  record.cells.clear();
  record.fault.clear();
  CsvTaken taken;
  std::string logical;
  bool goes_on = true;
  while (goes_on) {
    const std::size_t end = text.find(cr_ends_line ? '\r' : '\n', taken.bytes);
    if (end == std::string_view::npos && !is_last) {
      if (text.size() <= 2 * kMaxRecord) return CsvTaken{};
      return base::invalid("the record that begins on line " + std::to_string(record.number) +
                           " is longer than 256 KiB; is this a text file?");
    }
    const std::string_view line = text.substr(taken.bytes, end - taken.bytes);
    taken.lines += end == std::string_view::npos ? 0 : 1;
    taken.bytes = end == std::string_view::npos ? text.size() : end + 1;
    const std::string_view content = trim_cell(line);
    const bool has_content = !content.empty() && content[0] != '#';
    if (has_content && logical.empty() && is_blank(line[0]))
      record.fault = "the line begins with a blank, and no record before it can go on";
    if (has_content) {
      if (!logical.empty()) logical += ' ';
      logical += content;
    }
    if (logical.empty() || taken.bytes > kMaxLines) break;
    if (taken.bytes >= text.size()) {
      if (!is_last) return CsvTaken{};
      break;
    }
    const char next = text[taken.bytes];
    goes_on = next == '#' || is_blank(next) || next == '\r' || next == '\n';
  }
  if (!logical.empty() && record.fault.empty()) split_record(logical, record);
  return taken;
}

}  // namespace signpost::importers
