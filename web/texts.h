// What the built-in pages say, in each language that has a file (web/texts/LANGUAGE.txt, compiled in), and which of them a
// browser asks for.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace signpost::web {

/// The texts of one language.
class Texts {
 public:
  /// A file of lines "KEY = TEXT"; those that begin with "#" are comments. What is missing is taken from `fallback`.
  Texts(std::string_view language, std::string_view file, const Texts* fallback);
  /// As in `<html lang>`: "de".
  std::string_view language() const { return language_; }
  /// HTML with places (web/page.h); empty if no language has it.
  std::string_view find(std::string_view key) const;
  /// Whether this language's own file has it.
  bool has(std::string_view key) const { return texts_.contains(key); }
  const std::map<std::string, std::string, std::less<>>& own() const { return texts_; }

 private:
  std::string language_;
  std::map<std::string, std::string, std::less<>> texts_;
  const Texts* fallback_;
};

/// Every language; English first.
std::span<const Texts> all_texts();

/// The index, in all_texts(), of the language that Accept-Language asks for (RFC 9110 §12.5.4; lookup by RFC 4647 §3.4,
/// so "de-CH" finds "de"). English if it asks for none of them. Looks at the first kMaxRanges ranges only.
std::size_t choose_language(std::string_view accept_language);
constexpr std::size_t kMaxRanges = 16;

}  // namespace signpost::web
