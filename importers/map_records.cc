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

/// cf/README of Sendmail 8.17: the access database, and the features that look into it.
constexpr std::string_view kTags[] = {
    "from",        "connect",  "spam",    "clientrate", "clientconn",   "greetpause",   "authinfo",
    "try_tls",     "tls_rcpt", "tls_clt", "tls_srv",    "srv_features", "clt_features", "certissuer",
    "certsubject", "delay",    "friend",  "hater",      "verify",
};

bool is_status(std::string_view word) {
  const auto parts = base::split(word, '.');
  return parts.size() == 3 && std::all_of(parts.begin(), parts.end(), is_digits);
}

constexpr const char* kIncomplete = "a line of a table needs a pattern and an action";

/// The tag in front of a key, in small letters; empty if there is none. "IPv6:" begins an address.
std::string tag_of(std::string_view key) {
  const std::size_t colon = key.find(':');
  if (colon == std::string_view::npos) return {};
  std::string tag = base::lower(key.substr(0, colon));
  if (tag == "to") return tag;
  return std::find(std::begin(kTags), std::end(kTags), tag) == std::end(kTags) ? std::string() : tag;
}

std::string_view without_quotes(std::string_view text) {
  return text.size() >= 2 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2)
                                                                       : text;
}

bool is_reply_code(std::string_view word) {
  return word.size() == 3 && is_digits(word) && (word[0] == '4' || word[0] == '5');
}

/// The value of a line of Sendmail's access map as an action, a status code and a text.
void split_value(std::string_view value, Record& record) {
  std::string_view rest = value;
  const bool is_error = base::starts_with_ignore_case(rest, "ERROR:");
  if (is_error) rest = trim_cell(rest.substr(6));
  std::string_view status;
  const std::size_t colon = rest.find(':');
  if (is_error && colon != std::string_view::npos && is_status(rest.substr(0, colon))) {
    status = rest.substr(0, colon);
    rest = trim_cell(rest.substr(colon + 1));
  }
  rest = trim_cell(without_quotes(rest));
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
  std::string action;
  if (is_reply_code(word)) {
    action = std::string(1, word[0]) + "nn";
    rest = trim_cell(rest.substr(word.size()));
    const std::string_view next = rest.substr(0, rest.find_first_of(" \t"));
    if (status.empty() && is_status(next)) status = next;
  } else if (is_error) {
    action = status.starts_with('4') ? "4nn" : "5nn";
  } else {
    // QUARANTINE:text
    action = base::lower(clean_cell(word.substr(0, word.find(':'))));
    rest = {};
  }
  std::string text = clean_cell(rest);
  if (!status.empty() && !text.starts_with(status))
    text = std::string(status) + (text.empty() ? "" : " ") + text;
  record.cells = {std::move(record.cells[0]), std::move(action), std::string(status), std::move(text)};
}

void split_sendmail(std::string_view line, Record& record) {
  std::string_view value = line;
  const std::string_view key = take_word(value);
  const std::string tag = tag_of(key);
  std::string pattern = clean_cell(tag.empty() ? key : key.substr(tag.size() + 1));
  if (clean_cell(value).empty() || (pattern.empty() && (tag.empty() || tag == "to"))) {
    record.fault = kIncomplete;
  } else if (!tag.empty() && tag != "to") {
    record.cells = {std::move(pattern), tag, {}, {}};
  } else {
    record.cells = {std::move(pattern)};
    split_value(value, record);
    if (record.cells[1].empty()) {
      record.cells.clear();
      record.fault = kIncomplete;
    }
  }
}

void split_record(std::string_view text, Record& record) {
  std::string pattern = clean_cell(take_pattern(text));
  const std::string_view whole = text;
  const std::string_view word = take_word(text);
  std::string action = base::lower(clean_cell(word));
  if (pattern.empty() || action.empty()) {
    record.fault = kIncomplete;
    return;
  }
  if (is_digits(whole)) {
    action = "ok";
  } else if (is_reply_code(word)) {
    action = std::string(1, word[0]) + "nn";
  }
  std::string_view rest = text;
  const std::string_view status = take_word(rest);
  record.cells = {std::move(pattern), std::move(action),
                  is_status(status) ? std::string(status) : std::string(), clean_cell(text)};
}

}  // namespace

std::span<const std::string_view> sendmail_tags() {
  return kTags;
}

base::Result<CsvTaken> parse_map_record(std::string_view text, bool is_last, MapKind kind, bool cr_ends_line,
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
    if (logical.empty() || taken.bytes > kMaxLines || kind == MapKind::sendmail) break;
    if (taken.bytes >= text.size()) {
      if (!is_last) return CsvTaken{};
      break;
    }
    const char next = text[taken.bytes];
    goes_on = next == '#' || is_blank(next) || next == '\r' || next == '\n';
  }
  if (logical.empty() || !record.fault.empty()) return taken;
  if (kind == MapKind::sendmail) {
    split_sendmail(logical, record);
  } else {
    split_record(logical, record);
  }
  return taken;
}

}  // namespace signpost::importers
