// Finds the scheme, takes what any reader could take for the link, gives back what belongs to the sentence,
// and keeps the rest only if no reader can see another link there.
#include "mail/html/plain.h"

#include <algorithm>

#include "base/text.h"

namespace signpost::mail::html {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t kMaxWrappedLines = 40;  ///< of a URL within angle brackets

bool ends_run(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == 127 || c == '"' || c == '<' || c == '>';
}

/// RFC 3986 §2, without the brackets of an IPv6 host: no such host is tracked.
bool is_url_character(char c) {
  return base::is_alnum(c) || std::string_view("-._~:/?#@!$&'()*+,;=%").find(c) != npos;
}

bool is_url(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_url_character);
}

/// Markup around a URL in text is made of these; whether a reader takes it into the link is anybody's guess.
/// (So is `_`, but it is common in addresses, and signpost-web reads a token without it.)
bool ends_as_markup(std::string_view url) {
  return url.ends_with('*') || url.ends_with('~');
}

/// A soft line break behind `text` takes its blank with it: the line goes on without one (RFC 3676 §4.2).
bool goes_on(std::string_view text) {
  return text.starts_with(" \r\n") || text.starts_with(" \n");
}

/// Drops what closes the sentence around the URL, not the URL.
std::string_view without_punctuation(std::string_view url) {
  while (!url.empty() && std::string_view(".,;:!?'").find(url.back()) != npos) url.remove_suffix(1);
  return url;
}

/// What ends a URL that stands directly behind `before`; 0: nothing else than any other.
char closer_of(char before) {
  switch (before) {
    case '\'':
    case '`':
      return before;
    case '{':
      return '}';
    default:
      return 0;
  }
}

/// The length of the scheme with its "://" that the text begins with; 0 if it is another.
std::size_t scheme_size(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://", "http+notrack://", "https+notrack://"}) {
    if (base::starts_with_ignore_case(text, scheme)) return scheme.size();
  }
  return 0;
}

class Finder {
 public:
  Finder(std::string_view text, bool joins_lines) : text_(text), joins_lines_(joins_lines) {}

  std::vector<mail::Range> find() {
    std::size_t at = 0;
    while ((at = base::find_ignore_case(text_, "http", at)) != npos) {
      const bool begins = at == 0 || !base::is_alnum(text_[at - 1]);
      if (!begins || scheme_size(text_.substr(at)) == 0) {
        at += 4;
      } else if (is_in_angles(at)) {
        at = take_in_angles(at);
      } else {
        at = take(at);
      }
    }
    return std::move(found_);
  }

 private:
  bool is_in_angles(std::size_t at) const {
    const std::string_view before = text_.substr(0, at);
    if (before.ends_with('<')) return true;
    constexpr std::string_view label = "<URL:";
    return before.size() >= label.size() &&
           base::equals_ignore_case(before.substr(before.size() - label.size()), label);
  }

  /// Where to go on. The URL may be broken into lines, each of them without blanks.
  std::size_t take_in_angles(std::size_t begin) {
    std::size_t at = begin;
    for (std::size_t lines = 0; lines < kMaxWrappedLines; ++lines) {
      const std::size_t end = end_of_run(at);
      if (!is_url(text_.substr(at, end - at))) return end;
      if (end < text_.size() && text_[end] == '>') {
        found_.push_back({begin, end});
        return end;
      }
      const std::string_view rest = text_.substr(end);
      if (end == at || (!rest.starts_with("\r\n") && !rest.starts_with('\n'))) return end;
      at = end + (rest.front() == '\r' ? 2 : 1);
    }
    return at;
  }

  /// Where to go on: behind the URL, or behind all that stands together if it is left out.
  std::size_t take(std::size_t at) {
    const std::size_t end = end_of_url(at);
    const std::string_view url = without_punctuation(text_.substr(at, end - at));
    const bool quoted = url.find('\'') != npos;
    const bool cut_short = joins_lines_ && goes_on(text_.substr(end));
    if (quoted || !is_url(url) || ends_as_markup(url) || cut_short) return end_of_run(end);
    found_.push_back({at, at + url.size()});
    return end;
  }

  std::size_t end_of_url(std::size_t begin) const {
    const char closer = begin == 0 ? '\0' : closer_of(text_[begin - 1]);
    std::size_t parentheses = 0;
    std::size_t brackets = 0;
    std::size_t at = begin;
    for (; at < text_.size() && !ends_run(text_[at]); ++at) {
      const char c = text_[at];
      if (closer != 0 && c == closer) break;
      if (c == '(') ++parentheses;
      if (c == '[') ++brackets;
      if (c == ')' && parentheses-- == 0) break;
      if (c == ']' && brackets-- == 0) break;
    }
    return at;
  }

  std::size_t end_of_run(std::size_t at) const {
    const std::string_view rest = text_.substr(at);
    return at + static_cast<std::size_t>(std::find_if(rest.begin(), rest.end(), ends_run) - rest.begin());
  }

  std::string_view text_;
  bool joins_lines_;
  std::vector<mail::Range> found_;
};

}  // namespace

std::vector<mail::Range> find_urls(std::string_view text, bool joins_lines) {
  return Finder(text, joins_lines).find();
}

}  // namespace signpost::mail::html
