// The pages that people see: HTML templates with a few named placeholders, filled with escaped text. A site
// may replace each one (look, words); a replacement without the form's hidden fields is refused.
// web/respond decides when a page is shown.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "web/texts.h"

namespace signpost::web {

enum class PageKind {
  about,         ///< GET /: what this host is, and whom to tell about abuse
  unsubscribe,   ///< asks, with one button
  unsubscribed,  ///< done, with the undo button
  restored,      ///< the undo is done
  not_found,     ///< 404
  gone,          ///< 410
  problem,       ///< any other refusal; {{problem}} says which
};
constexpr std::size_t kPageKinds = 7;

/// "about", "unsubscribe", ...; with ".html" the file that replaces it.
const char* page_word(PageKind kind);

/// HTML with places: {{action}} (where the form posts to), {{undo}} (the undo token), {{abuse}} (the address for
/// complaints), {{host}} (this host), {{name}} and {{contact}} (of who sends the mail), {{problem}}. What stands between
/// {{#name}} and {{/name}} is shown only if that place has a value.
class Page {
 public:
  using Values = std::vector<std::pair<std::string_view, std::string_view>>;
  /// Values are HTML-escaped; a place without a value becomes nothing.
  std::string render(const Values& values) const;

 private:
  friend base::Result<Page> parse_page(PageKind kind, std::string_view html);
  struct Piece {
    std::string text;       ///< literal HTML, then
    std::string place;      ///< the name of the place behind it; empty: none
    std::string only_with;  ///< both are shown only if this place has a value; empty: always
  };
  std::vector<Piece> pieces_;
};

/// Errors name the place: unknown on this page, needed and missing, or a section that does not end; text that is not
/// valid UTF-8 or above 64 KiB.
base::Result<Page> parse_page(PageKind kind, std::string_view html);

/// One page of each kind in each language of web/texts.h, the built-in ones until they are replaced.
class Pages {
 public:
  Pages();
  /// `language`: an index in all_texts().
  const Page& find(PageKind kind, std::size_t language) const {
    return pages_[language][static_cast<std::size_t>(kind)];
  }
  void replace(PageKind kind, std::size_t language, Page page) {
    pages_[language][static_cast<std::size_t>(kind)] = std::move(page);
  }

 private:
  std::vector<std::array<Page, kPageKinds>> pages_;
};

/// The style sheet of the pages, at /style.css.
std::string_view default_style();

/// The built-in page.
std::string default_page(PageKind kind, const Texts& texts);

}  // namespace signpost::web
