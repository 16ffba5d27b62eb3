#include "feedback/alike.h"

#include <algorithm>

#include "base/text.h"

namespace signpost::feedback {
namespace {

/// A bare code, with "error" or "sorry" perhaps, is no text: all dead addresses have it.
constexpr std::size_t kFewestWords = 3;

/// Not of letters alone: an id, a code, an address, or the name of a host.
bool is_changing(std::string_view word) {
  if (word.find('@') != std::string_view::npos || std::any_of(word.begin(), word.end(), base::is_digit))
    return true;
  const std::size_t dot = word.find('.');
  return dot != std::string_view::npos && dot + 1 < word.size() && dot > 0;
}

/// Without brackets, quotes and stops around it.
std::string_view bare(std::string_view word) {
  constexpr std::string_view kAround = "()[]<>{}\"'`.,:;!?-=*";
  const std::size_t begin = word.find_first_not_of(kAround);
  if (begin == std::string_view::npos) return {};
  return word.substr(begin, word.find_last_not_of(kAround) - begin + 1);
}

/// What a server said; the words of a reporter's template are the same whatever happened.
std::string_view server_words(const Row& row) {
  if (!row.diagnostic.empty()) return row.diagnostic;
  return find_reply_code(row.words).empty() ? std::string_view() : std::string_view(row.words);
}

}  // namespace

std::string alike_text(const Report& report, const Row& row, const Classification& found) {
  const bool is_by_code = found.rule == "enhanced-code" || found.rule == "reply-code";
  if (found.result != Class::hard || !is_by_code || found.reason == "no-such-domain") return {};
  const std::string_view words = server_words(row);
  // Where only the report's code was asked, a rule may know the words.
  if (words.empty() || judge_text({words, row.status, find_provider(report, row)}).rule != "none") return {};
  std::string text;
  std::size_t kept = 0;
  const std::string normal = normalize(words);
  for (const std::string_view given : base::split(normal, ' ')) {
    const std::string_view word = bare(given);
    if (word.empty() || is_changing(word)) continue;
    if (kept++ > 0) text += ' ';
    text += word;
  }
  return kept < kFewestWords ? std::string() : text;
}

}  // namespace signpost::feedback
