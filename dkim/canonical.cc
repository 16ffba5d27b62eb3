// One pass over the value; the only memory is the output.
#include "dkim/canonical.h"

#include <string_view>

#include "base/text.h"

namespace signpost::dkim {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::size_t find_any(std::string_view text, std::size_t from, std::string_view bytes) {
  const std::size_t at = text.find_first_of(bytes, from);
  return at == std::string_view::npos ? text.size() : at;
}

/// RFC 6376 §3.4.1: not changed at all; here the folds get back the CR that the milter protocol drops.
void append_simple(std::string& out, const mail::Field& field) {
  out += field.name;
  out += ':';
  const std::string_view value = field.value;
  for (std::size_t begin = 0;;) {
    const std::size_t end = find_any(value, begin, "\n");
    out += value.substr(begin, end - begin);
    if (end == value.size()) return;
    out += "\r\n";
    begin = end + 1;
  }
}

/// RFC 6376 §3.4.2: name in lower case, folds removed, each run of blanks one space, none at either end.
void append_relaxed(std::string& out, const mail::Field& field) {
  std::string_view name = field.name;
  while (!name.empty() && is_blank(name.back())) name.remove_suffix(1);
  for (const char c : name) out += base::to_lower(c);
  out += ':';
  const std::size_t start = out.size();
  const std::string_view value = field.value;
  bool blank = false;
  for (std::size_t at = 0; at < value.size();) {
    const char c = value[at];
    if (is_blank(c) || c == '\n') {
      blank = blank || is_blank(c);
      ++at;
      continue;
    }
    if (blank && out.size() > start) out += ' ';
    blank = false;
    const std::size_t end = find_any(value, at, " \t\n");
    out += value.substr(at, end - at);
    at = end;
  }
}

}  // namespace

void append_canonical(std::string& out, const mail::Field& field, Canon canon) {
  if (canon == Canon::simple) {
    append_simple(out, field);
  } else {
    append_relaxed(out, field);
  }
}

}  // namespace signpost::dkim
