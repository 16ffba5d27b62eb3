// Finds the scheme, takes the run of URL characters, gives back what belongs to the sentence.
#include "track/plain.h"

#include <algorithm>

#include "base/text.h"

namespace signpost::track {
namespace {

bool ends_url(char c) {
  return static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 127 || c == '"' ||
         c == '<' || c == '>';
}

/// Drops what closes the sentence around the URL, not the URL.
std::string_view without_punctuation(std::string_view url) {
  auto unmatched = [&](char open, char close) {
    return std::count(url.begin(), url.end(), close) - std::count(url.begin(), url.end(), open);
  };
  auto parentheses = unmatched('(', ')');
  auto brackets = unmatched('[', ']');
  while (!url.empty()) {
    const char last = url.back();
    if (last == ')' && parentheses > 0) {
      --parentheses;
    } else if (last == ']' && brackets > 0) {
      --brackets;
    } else if (std::string_view(".,;:!?'").find(last) == std::string_view::npos) {
      break;
    }
    url.remove_suffix(1);
  }
  return url;
}

}  // namespace

std::vector<mail::Range> find_urls(std::string_view text) {
  std::vector<mail::Range> found;
  std::size_t at = 0;
  while ((at = base::find_ignore_case(text, "http", at)) != std::string_view::npos) {
    const std::string_view rest = text.substr(at);
    const bool begins = at == 0 || !base::is_alnum(text[at - 1]);
    const bool link =
        base::starts_with_ignore_case(rest, "http://") || base::starts_with_ignore_case(rest, "https://");
    if (!begins || !link) {
      at += 4;
      continue;
    }
    const auto end = std::find_if(rest.begin(), rest.end(), ends_url);
    const std::string_view run = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    found.push_back({at, at + without_punctuation(run).size()});
    at += run.size();
  }
  return found;
}

}  // namespace signpost::track
