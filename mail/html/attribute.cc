// Attribute values: character references resolved as the HTML standard's §13.2.5.72 to §13.2.5.80 do in
// attributes, and written so that they resolve to the same text.
#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/text.h"
#include "mail/html/html.h"

namespace signpost::mail::html {
namespace {

struct Entity {
  std::string_view name;  ///< without "&"; with ";" unless it may be left out
  std::string_view text;  ///< UTF-8
};

constexpr Entity kEntities[] = {
#include "mail/html/entities.inc"
};
constexpr std::size_t kLongestName = 33;

/// What the reference of exactly that name stands for; empty if there is none.
std::string_view find_entity(std::string_view name) {
  const Entity* found =
      std::lower_bound(std::begin(kEntities), std::end(kEntities), name,
                       [](const Entity& entity, std::string_view key) { return entity.name < key; });
  return found != std::end(kEntities) && found->name == name ? found->text : std::string_view();
}

constexpr std::uint32_t kReplacement = 0xFFFD;

/// Numeric character reference end state: what the number is read as.
std::uint32_t repair(std::uint32_t code) {
  // The C1 range is read as windows-1252.
  static constexpr std::uint16_t kWindows1252[32] = {
      0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
      0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
      0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
  if (code >= 0x80 && code <= 0x9F) return kWindows1252[code - 0x80];
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return kReplacement;
  return code;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto tail = [&out](std::uint32_t bits) { out += static_cast<char>(0x80 | (bits & 0x3F)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    tail(code);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    tail(code >> 6);
    tail(code);
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    tail(code >> 12);
    tail(code >> 6);
    tail(code);
  }
}

std::optional<std::uint32_t> digit_value(char c, std::uint32_t radix) {
  if (base::is_digit(c)) return static_cast<std::uint32_t>(c - '0');
  c = base::to_lower(c);
  if (radix == 16 && c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a' + 10);
  return std::nullopt;
}

/// Reads "&#…" at the front of `text`. How many bytes were used, 0 if it is not a reference.
std::size_t read_numeric(std::string_view text, std::string& out) {
  std::size_t at = 2;
  std::uint32_t radix = 10;
  if (at < text.size() && (text[at] == 'x' || text[at] == 'X')) {
    radix = 16;
    ++at;
  }
  const std::size_t digits = at;
  std::uint32_t code = 0;
  for (; at < text.size(); ++at) {
    const auto digit = digit_value(text[at], radix);
    if (!digit) break;
    code = std::min<std::uint32_t>(code * radix + *digit, 0x110000);
  }
  if (at == digits) return 0;
  append_utf8(out, repair(code));
  return at < text.size() && text[at] == ';' ? at + 1 : at;
}

/// Reads "&name" at the front of `text` and writes what it stands for. How many bytes were used. In an
/// attribute the longest match counts only with its ";", or if neither "=" nor a letter or digit follows; so
/// it is always the whole word or nothing.
std::size_t read_named(std::string_view text, std::string& out) {
  std::size_t end = 1;
  while (end < text.size() && base::is_alnum(text[end])) ++end;
  std::string_view found;
  if (end < text.size() && text[end] == ';' && end <= kLongestName) {
    found = find_entity(text.substr(1, end));
    if (!found.empty()) ++end;
  }
  if (found.empty() && end > 1 && end <= kLongestName && (end == text.size() || text[end] != '=')) {
    found = find_entity(text.substr(1, end - 1));
  }
  out += found.empty() ? text.substr(0, end) : found;
  return end;
}

}  // namespace

std::string decode_attribute(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  while (!value.empty()) {
    std::size_t used = value.find_first_of(std::string_view("&\0", 2));
    if (used != 0) {
      used = std::min(used, value.size());
      out += value.substr(0, used);
    } else if (value.front() == '\0') {
      append_utf8(out, kReplacement);
      used = 1;
    } else if (value.starts_with("&#")) {
      used = read_numeric(value, out);
      if (used == 0) {
        out += "&#";
        used = 2;
      }
    } else {
      used = read_named(value, out);
    }
    value.remove_prefix(used);
  }
  return out;
}

std::string encode_attribute(std::string_view text, char quote) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    // A CR would be read as LF; without quotes a blank or ">" ends the value, and the
    // others are errors there.
    const bool escape = c == '&' || c == '\r' || (quote != 0 && c == quote) ||
                        (quote == 0 && std::string_view(" \t\n\f>\"'<=`").find(c) != std::string_view::npos);
    if (escape) {
      out += "&#" + std::to_string(static_cast<int>(c)) + ";";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace signpost::mail::html
