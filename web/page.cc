#include "web/page.h"

#include <algorithm>

#include "base/text.h"

namespace signpost::web {
namespace {

constexpr std::size_t kMaxPage = 64u << 10;
constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";

struct Places {
  std::vector<std::string_view> needed;
  std::vector<std::string_view> allowed;  ///< beside those
};

Places places_of(PageKind kind) {
  switch (kind) {
    case PageKind::about:
      return {{"abuse"}, {"host", "name", "contact"}};
    case PageKind::unsubscribe:
      return {{"action"}, {"abuse", "host", "name", "contact"}};
    case PageKind::unsubscribed:
      return {{"action", "undo"}, {"abuse", "host", "name", "contact"}};
    case PageKind::problem:
      return {{"problem"}, {"abuse", "host", "name", "contact"}};
    case PageKind::restored:
    case PageKind::not_found:
    case PageKind::gone:
      break;
  }
  return {{}, {"abuse", "host", "name", "contact"}};
}

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void append_escaped(std::string& html, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
}

}  // namespace

const char* page_word(PageKind kind) {
  switch (kind) {
    case PageKind::about:
      return "about";
    case PageKind::unsubscribe:
      return "unsubscribe";
    case PageKind::unsubscribed:
      return "unsubscribed";
    case PageKind::restored:
      return "restored";
    case PageKind::not_found:
      return "not-found";
    case PageKind::gone:
      return "gone";
    case PageKind::problem:
      return "problem";
  }
  return "";
}

std::string Page::render(const Values& values) const {
  const auto value_of = [&values](std::string_view name) {
    std::string_view found;
    for (const auto& [place, value] : values)
      if (place == name) found = value;
    return found;
  };
  std::string html;
  for (const Piece& piece : pieces_) {
    if (!piece.only_with.empty() && value_of(piece.only_with).empty()) continue;
    html += piece.text;
    if (!piece.place.empty()) append_escaped(html, value_of(piece.place));
  }
  return html;
}

base::Result<Page> parse_page(PageKind kind, std::string_view html) {
  if (html.size() > kMaxPage) {
    return base::fail(base::ErrorKind::limit,
                      "a page must not be larger than " + std::to_string(kMaxPage) + " bytes");
  }
  if (!base::is_utf8(html)) return base::invalid("the page is not valid UTF-8");
  const Places places = places_of(kind);
  const auto braces = [](std::string_view place) { return "{{" + std::string(place.substr(0, 32)) + "}}"; };
  Page page;
  std::vector<std::string_view> seen;
  std::string section;
  for (;;) {
    const std::size_t open = html.find(kOpen);
    const std::size_t close = open == html.npos ? html.npos : html.find(kClose, open);
    if (open == html.npos) break;
    if (close == html.npos) return base::invalid("a {{ is not closed by }}");
    std::string_view place = base::trim(html.substr(open + kOpen.size(), close - open - kOpen.size()));
    const char mark = place.starts_with("#") || place.starts_with("/") ? place.front() : '\0';
    if (mark != '\0') place.remove_prefix(1);
    if (!contains(places.needed, place) && !contains(places.allowed, place)) {
      return base::invalid("the page '" + std::string(page_word(kind)) + "' has no placeholder " +
                           braces(place));
    }
    page.pieces_.push_back(
        {std::string(html.substr(0, open)), mark == '\0' ? std::string(place) : "", section});
    if (mark == '#' && !section.empty())
      return base::invalid("{{#" + std::string(place) + "}} stands within " + braces("#" + section));
    if (mark == '/' && section != place) return base::invalid("{{/" + std::string(place) + "}} ends nothing");
    if (mark == '#') section = place;
    if (mark == '/') section.clear();
    if (mark == '\0' && (section.empty() || section == place)) seen.push_back(place);
    html.remove_prefix(close + kClose.size());
  }
  if (!section.empty()) return base::invalid(braces("#" + section) + " has no end");
  page.pieces_.push_back({std::string(html), {}, {}});
  for (const std::string_view place : places.needed) {
    if (!contains(seen, place)) {
      return base::invalid("the page '" + std::string(page_word(kind)) + "' needs the placeholder " +
                           braces(place));
    }
  }
  return page;
}

Pages::Pages() {
  for (const Texts& texts : all_texts()) {
    std::array<Page, kPageKinds>& pages = pages_.emplace_back();
    for (std::size_t i = 0; i < kPageKinds; ++i) {
      const auto kind = static_cast<PageKind>(i);
      pages[i] = parse_page(kind, default_page(kind, texts)).value_or(Page{});
    }
  }
}

}  // namespace signpost::web
