#include "feedback/addresses.h"

#include "base/text.h"

namespace signpost::feedback {
namespace {

constexpr std::size_t kMaxSide = 254;

/// A provider's way to hide whom it is about.
bool is_hidden(std::string_view local) {
  const std::string lower = base::lower(local);
  if (lower.find("redacted") != std::string::npos || lower == "undisclosed" || lower == "hidden") return true;
  return !lower.empty() && lower.find_first_not_of('*') == std::string::npos;
}

}  // namespace

bool is_local_char(char c) {
  return base::is_alnum(c) || static_cast<unsigned char>(c) >= 128 ||
         std::string_view(".!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_domain_char(char c) {
  return base::is_alnum(c) || c == '.' || c == '-' || c == '_' || static_cast<unsigned char>(c) >= 128;
}

std::optional<mail::Range> find_address(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find('@', from); at != std::string_view::npos; at = text.find('@', at + 1)) {
    std::size_t begin = at;
    const std::size_t first = at > kMaxSide ? at - kMaxSide : 0;
    if (begin > from && text[begin - 1] == '"') {
      // A quoted local part: back to its opening quote.
      std::size_t quote = begin - 1;
      while (quote > first && quote > from && text[quote - 1] != '"' && text[quote - 1] != '\n') --quote;
      if (quote > from && quote > first && text[quote - 1] == '"' && quote + 1 < begin) begin = quote - 1;
    } else {
      while (begin > from && begin > first && is_local_char(text[begin - 1])) --begin;
      while (begin < at && (text[begin] == '\'' || text[begin] == '.' || text[begin] == '*')) ++begin;
    }
    std::size_t end = at + 1;
    while (end < text.size() && end - at <= kMaxSide && is_domain_char(text[end])) ++end;
    while (end > at + 1 && (text[end - 1] == '.' || text[end - 1] == '-')) --end;
    if (begin < at && end > at + 1) return mail::Range{begin, end};
  }
  return std::nullopt;
}

std::string clean_address(std::string_view text) {
  text = base::trim(text.substr(0, 2000));
  const auto found = find_address(text);
  if (!found) return {};
  const std::string_view address = found->of(text);
  std::string_view clean = address;
  if (base::starts_with_ignore_case(clean, "smtp=")) clean.remove_prefix(5);
  if (is_hidden(clean.substr(0, clean.rfind('@')))) return {};
  return std::string(clean);
}

}  // namespace signpost::feedback
