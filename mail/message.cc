// Header lines to fields and back, byte for byte. Follows what MTAs do with odd header
// lines; decodes nothing.
#include "mail/message.h"

#include "base/text.h"

namespace signpost::mail {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// A line of the file: `content` without its line end, `end` behind it.
struct Line {
  std::string_view content;
  std::size_t end = 0;
  bool terminated = false;
};

Line line_at(std::string_view raw, std::size_t begin) {
  const std::size_t newline = raw.find('\n', begin);
  if (newline == std::string_view::npos) return {raw.substr(begin), raw.size(), false};
  std::size_t length = newline - begin;
  if (length > 0 && raw[newline - 1] == '\r') --length;
  return {raw.substr(begin, length), newline + 1, true};
}

/// Length of the name, trailing blanks included, if the line is a field; else 0 (RFC 5322 §2.2, §4.5).
std::size_t field_name_length(std::string_view line) {
  std::size_t i = 0;
  while (i < line.size() && line[i] > 32 && line[i] < 127 && line[i] != ':') ++i;
  if (i == 0) return 0;
  while (i < line.size() && is_blank(line[i])) ++i;
  return i < line.size() && line[i] == ':' ? i : 0;
}

std::string_view without_trailing_blanks(std::string_view name) {
  while (!name.empty() && is_blank(name.back())) name.remove_suffix(1);
  return name;
}

void append_value(std::string& out, std::string_view value) {
  for (std::size_t begin = 0;;) {
    const std::size_t newline = value.find('\n', begin);
    out += value.substr(begin, newline - begin);
    if (newline == std::string_view::npos) return;
    out += "\r\n";
    begin = newline + 1;
  }
}

}  // namespace

bool has_name(const Field& field, std::string_view name) {
  return base::equals_ignore_case(without_trailing_blanks(field.name), without_trailing_blanks(name));
}

const Field* find_field(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (has_name(field, name)) return &field;
  }
  return nullptr;
}

std::size_t count_fields(const std::vector<Field>& fields, std::string_view name) {
  std::size_t count = 0;
  for (const Field& field : fields) count += has_name(field, name) ? 1 : 0;
  return count;
}

const Field* Message::find(std::string_view name) const {
  return find_field(fields, name);
}

bool is_field_line(std::string_view line) {
  return field_name_length(line) > 0;
}

Message parse_message(std::string_view raw) {
  Message message;
  message.has_separator = false;
  std::size_t at = 0;
  while (at < raw.size()) {
    const Line line = line_at(raw, at);
    if (line.content.empty() && line.terminated) {
      message.has_separator = true;
      at = line.end;
      break;
    }
    const std::size_t name_length = field_name_length(line.content);
    if (name_length > 0) {
      message.fields.push_back({std::string(line.content.substr(0, name_length)),
                                std::string(line.content.substr(name_length + 1))});
    } else if (!message.fields.empty() && is_blank(line.content.front())) {
      std::string& value = message.fields.back().value;
      value += '\n';
      value += line.content;
    } else {
      break;
    }
    message.header_terminated = line.terminated;
    at = line.end;
  }
  message.body = raw.substr(at);
  return message;
}

std::string format_message(const Message& message) {
  std::string out;
  std::size_t size = message.body.size() + 2;
  for (const Field& field : message.fields) size += field.name.size() + field.value.size() + 16;
  out.reserve(size);
  for (std::size_t i = 0; i < message.fields.size(); ++i) {
    out += message.fields[i].name;
    out += ':';
    append_value(out, message.fields[i].value);
    if (i + 1 < message.fields.size() || message.header_terminated) out += "\r\n";
  }
  if (message.has_separator) out += "\r\n";
  out += message.body;
  return out;
}

std::string unfold(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool line_end =
        value[i] == '\n' || (value[i] == '\r' && i + 1 < value.size() && value[i + 1] == '\n');
    if (!line_end) out += value[i];
  }
  return std::string(base::trim(out));
}

}  // namespace signpost::mail
