#include "policy/event_line.h"

#include <algorithm>

#include "base/text.h"
#include "policy/event.h"

namespace signpost::policy {
namespace {

/// The length of the value at the beginning of `text`: to the closing quote, else to the next blank.
std::size_t value_length(std::string_view text) {
  if (text.empty() || text.front() != '"') return std::min(text.find(' '), text.size());
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return text.size();
}

bool is_key(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return c == '_' || c == '-' || base::is_alnum(c); });
}

}  // namespace

std::string_view EventLine::value(std::string_view key) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [key](const auto& field) { return field.first == key; });
  return found == fields.end() || found->second == "-" ? std::string_view() : found->second;
}

std::string_view EventLine::address(std::string_view key) const {
  std::string_view text = value(key);
  if (text.size() < 2 || text.front() != '<' || text.back() != '>') return {};
  return text.substr(1, text.size() - 2);
}

base::Result<std::vector<RawField>> split_event_text(std::string_view line) {
  std::vector<RawField> fields;
  line.remove_prefix(std::min(line.find(' '), line.size()));
  while (!line.empty()) {
    line.remove_prefix(1);  // the blank
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || !is_key(line.substr(0, equals)))
      return base::invalid("a field is not key=value");
    const std::string_view rest = line.substr(equals + 1);
    const std::size_t length = value_length(rest);
    fields.push_back({line.substr(0, equals), rest.substr(0, length)});
    line = rest.substr(length);
    if (!line.empty() && line.front() != ' ') return base::invalid("text right after a closing quote");
  }
  if (fields.empty()) return base::invalid("there is no field");
  return fields;
}

base::Result<EventLine> parse_event_text(std::string_view line) {
  EventLine event;
  const auto at = base::parse_time(line.substr(0, line.find(' ')));
  if (!at) return tl::unexpected(base::in_context("the time of a line", at.error()));
  event.at = *at;
  const auto fields = split_event_text(line);
  if (!fields) return tl::unexpected(fields.error());
  for (const RawField& field : *fields) {
    auto value = parse_value(field.value);
    if (!value) return tl::unexpected(base::in_context(std::string(field.key), value.error()));
    event.fields.emplace_back(field.key, std::move(*value));
  }
  return event;
}

std::string_view find_raw_value(std::string_view line, std::string_view key) {
  for (std::size_t at = line.find(key); at != std::string_view::npos; at = line.find(key, at + 1)) {
    const std::size_t end = at + key.size();
    if (at == 0 || line[at - 1] != ' ' || end == line.size() || line[end] != '=') continue;
    line.remove_prefix(end + 1);
    return line.substr(0, value_length(line));
  }
  return {};
}

}  // namespace signpost::policy
