// Finds the scheme, takes what any reader could take for the link, gives back what belongs to the sentence,
// and keeps the rest only if no reader can see another link there.
#include "mail/html/plain.h"

#include <algorithm>

#include "base/text.h"

namespace signpost::mail::html {
namespace {

bool ends_run(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == 127 || c == '"' || c == '<' || c == '>';
}

/// RFC 3986 §2, without the brackets of an IPv6 host: no such host is tracked.
bool is_url_character(char c) {
  return base::is_alnum(c) || std::string_view("-._~:/?#@!$&'()*+,;=%").find(c) != std::string_view::npos;
}

/// Markup around a URL in text is made of these; whether a reader takes it into the link is anybody's guess.
/// (So is `_`, but a token may end in it.)
bool ends_as_markup(std::string_view url) {
  return url.ends_with('*') || url.ends_with('~');
}

/// A soft line break behind `text` takes its blank with it: the line goes on without one (RFC 3676 §4.2).
bool goes_on(std::string_view text) {
  return text.starts_with(" \r\n") || text.starts_with(" \n");
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

std::vector<mail::Range> find_urls(std::string_view text, bool joins_lines) {
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
    const auto end = std::find_if(rest.begin(), rest.end(), ends_run);
    const std::string_view run = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    const std::string_view url = without_punctuation(run);
    const bool sure = std::all_of(url.begin(), url.end(), is_url_character) && !ends_as_markup(url) &&
                      !(joins_lines && goes_on(rest.substr(run.size())));
    if (sure) found.push_back({at, at + url.size()});
    at += run.size();
  }
  return found;
}

}  // namespace signpost::mail::html
