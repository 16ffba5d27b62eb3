// Small ASCII text helpers that every floor needs. Nothing here depends on the locale; bytes above 127
// are never changed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::base {

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_alnum(char c) {
  return is_digit(c) || is_alpha(c);
}
/// Space, tab, CR or LF: the white space of RFC 5322 once unfolded or not.
constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string lower(std::string_view text);
bool equals_ignore_case(std::string_view a, std::string_view b);
bool starts_with_ignore_case(std::string_view text, std::string_view prefix);
/// Position of needle in text from `from` on, or npos. Linear for short needles.
std::size_t find_ignore_case(std::string_view text, std::string_view needle, std::size_t from = 0);

std::string_view trim(std::string_view text);
/// Splits at each separator; "a,,b" gives three pieces, "" gives one empty piece.
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& pieces, std::string_view separator);

/// A whole decimal number without sign; nullopt for anything else or overflow.
std::optional<std::uint64_t> parse_number(std::string_view text);

/// The entry of `known` nearest to `word` (Levenshtein distance at most a third of its length), else "".
/// For "did you mean".
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// True if text is valid UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

}  // namespace signpost::base
