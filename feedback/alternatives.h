// The texts of all rules one by one, in the order in which they are asked, made while compiling: most are ruled out by
// four bytes in a row that the reply does not have.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "feedback/rules.h"

namespace signpost::feedback {

inline constexpr std::size_t kGram = 4;
inline constexpr std::size_t kGramSlots = 32768;
/// The slot of the four bytes at the beginning of `text`; that of all texts if it is shorter.
constexpr std::uint16_t gram_slot(std::string_view text) {
  if (text.size() < kGram) return 0;
  unsigned hash = 0;
  for (std::size_t i = 0; i < kGram; ++i) hash = hash * 37U + static_cast<unsigned char>(text[i]);
  return static_cast<std::uint16_t>(hash % kGramSlots);
}

/// One text of a rule.
struct Alternative {
  std::string_view text;  ///< without the "$" at its end
  std::uint16_t rule = 0;
  std::uint16_t begin_gram = 0;  ///< of its first bytes
  std::uint16_t end_gram = 0;    ///< of the last bytes before its first "*", or of all
  bool has_gap = false;
  bool at_end = false;
};

/// In the rules' order.
std::span<const Alternative> alternatives();

constexpr Alternative make_alternative(std::string_view text, std::size_t rule) {
  Alternative made{.text = text, .rule = static_cast<std::uint16_t>(rule)};
  made.at_end = text.ends_with('$');
  if (made.at_end) made.text.remove_suffix(1);
  const std::string_view first = made.text.substr(0, made.text.find('*'));
  made.has_gap = first.size() < made.text.size();
  made.begin_gram = gram_slot(first);
  if (first.size() > kGram) made.end_gram = gram_slot(first.substr(first.size() - kGram));
  return made;
}

template <std::size_t N>
consteval std::size_t count_alternatives(const std::array<Rule, N>& rules) {
  std::size_t count = N;
  for (const Rule& rule : rules)
    for (const char c : rule.texts) count += c == '|' ? 1 : 0;
  return count;
}

template <std::size_t Count, std::size_t N>
consteval std::array<Alternative, Count> split_alternatives(const std::array<Rule, N>& rules) {
  std::array<Alternative, Count> all{};
  std::size_t at = 0;
  for (std::size_t rule = 0; rule < N; ++rule) {
    std::string_view rest = rules[rule].texts;
    for (;;) {
      const std::size_t bar = rest.find('|');
      all[at++] = make_alternative(rest.substr(0, bar), rule);
      if (bar == std::string_view::npos) break;
      rest.remove_prefix(bar + 1);
    }
  }
  return all;
}

}  // namespace signpost::feedback
