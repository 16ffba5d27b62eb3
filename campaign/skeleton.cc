// A walk over the tags with a stack of the boxes that are open, forgiving as readers are: an end tag closes
// what it finds open, a new cell closes the one before.
#include "campaign/skeleton.h"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "base/text.h"
#include "mail/html/html.h"
#include "mail/html/parts.h"
#include "mail/mime.h"
#include "track/target.h"
#include "track/token_url.h"

namespace signpost::campaign {
namespace {

using Kind = SkeletonItem::Kind;

constexpr std::uint32_t kMaxPixels = 10000;
constexpr std::uint32_t kPixelsOfPercent = 6;  ///< newsletters are 600 pixels wide
constexpr std::size_t kMaxLinks = 1000;
constexpr std::size_t kMaxPlace = 300;  ///< bytes

/// The boxes that elements make; others are seen through.
std::optional<Kind> box_of(std::string_view name) {
  struct Row {
    std::string_view name;
    Kind kind;
  };
  static constexpr Row kRows[] = {
      {"table", Kind::block},  {"tr", Kind::row},       {"td", Kind::cell},       {"th", Kind::cell},
      {"div", Kind::block},    {"p", Kind::block},      {"center", Kind::block},  {"ul", Kind::block},
      {"ol", Kind::block},     {"li", Kind::block},     {"section", Kind::block}, {"article", Kind::block},
      {"header", Kind::block}, {"footer", Kind::block}, {"main", Kind::block},    {"blockquote", Kind::block},
      {"h1", Kind::heading},   {"h2", Kind::heading},   {"h3", Kind::heading},    {"h4", Kind::heading},
      {"h5", Kind::heading},   {"h6", Kind::heading},
  };
  for (const Row& row : kRows) {
    if (row.name == name) return row.kind;
  }
  return std::nullopt;
}

bool opens(Kind kind) {
  return kind == Kind::block || kind == Kind::row || kind == Kind::cell || kind == Kind::heading ||
         kind == Kind::link;
}

/// Bytes of the character reference at the front of `text`; 1 if there is no reference.
std::size_t reference_length(std::string_view text) {
  const std::size_t end = text.substr(0, 12).find(';');
  return end == text.npos ? 1 : end + 1;
}

/// True for references to blanks that newsletters use as spacers.
bool is_blank_reference(std::string_view reference) {
  static constexpr std::string_view kBlanks[] = {"&nbsp;",  "&zwnj;",  "&shy;",    "&ensp;",
                                                 "&emsp;",  "&#160;",  "&#173;",   "&#847;",
                                                 "&#8203;", "&#8204;", "&#65279;", "&#xa0;"};
  return std::any_of(std::begin(kBlanks), std::end(kBlanks),
                     [&](std::string_view one) { return base::equals_ignore_case(one, reference); });
}

/// Characters that a reader sees: runs of blanks count as one, markup and the rest of a longer UTF-8
/// character not at all.
std::uint32_t count_characters(std::string_view text) {
  std::uint32_t count = 0;
  bool blank = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::string_view reference = text.substr(i, c == '&' ? reference_length(text.substr(i)) : 1);
    i += reference.size() - 1;
    if (c == '<') {
      i = std::min(text.find('>', i), text.size() - 1);
    } else if (c <= ' ' || is_blank_reference(reference)) {
      count += blank ? 0 : 1;
      blank = true;
    } else if ((c & 0xC0) != 0x80) {
      ++count;
      blank = false;
    }
  }
  return count - (blank && count > 0 ? 1 : 0);
}

/// The number at the front of an attribute's value; percent of the width of a newsletter.
std::uint32_t read_pixels(std::string_view html, const mail::html::Tag& tag, std::string_view name) {
  const mail::html::Attribute* attribute = mail::html::find_attribute(html, tag, name);
  if (attribute == nullptr) return 0;
  const std::string_view value = base::trim(attribute->value.of(html));
  const auto end = std::find_if_not(value.begin(), value.end(), base::is_digit);
  const auto digits = value.substr(0, static_cast<std::size_t>(end - value.begin()));
  const std::uint64_t number = base::parse_number(digits).value_or(0);
  const bool percent = value.substr(digits.size()).starts_with('%');
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(
      std::min<std::uint64_t>(number, kMaxPixels) * (percent ? kPixelsOfPercent : 1), kMaxPixels));
}

bool is_hidden(std::string_view html, const mail::html::Tag& tag) {
  const mail::html::Attribute* style = mail::html::find_attribute(html, tag, "style");
  if (style == nullptr) return false;
  std::string text = base::lower(style->value.of(html));
  std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) <= ' '; });
  return text.find("display:none") != text.npos;
}

class Builder {
 public:
  Builder(const track::Sealer& sealer, Skeleton& skeleton) : sealer_(sealer), skeleton_(skeleton) {}

  void add(std::string_view html) {
    html_ = html;
    text_begin_ = 0;
    mail::html::scan_tags(
        html, [this](const mail::html::Tag& tag) { see_tag(tag); },
        [this](const mail::Range& comment) { skip(comment.begin, comment.end); });
    if (!muted_) flush_text(html.size());
    while (!open_.empty()) pop();
  }

  void finish() {
    for (auto& [index, place] : places_) skeleton_.links.push_back({index, std::move(place)});
  }

 private:
  struct Open {
    std::string name;
    bool emitted = false;
    bool hidden = false;
  };

  void see_tag(const mail::html::Tag& tag) {
    const std::string name = base::lower(tag.name.of(html_).substr(0, 16));
    if (!muted_) flush_text(tag.all.begin);
    text_begin_ = tag.all.end;
    muted_ = !tag.closing && (name == "style" || name == "script" || name == "title" || name == "textarea");
    if (tag.closing) {
      close(name);
    } else if (name == "img") {
      add_image(tag);
    } else if (name == "br") {
      emit({Kind::line_break});
    } else if (name == "hr") {
      emit({Kind::rule});
    } else if (name == "a") {
      close(name);
      open_link(tag);
    } else if (const auto kind = box_of(name)) {
      close_implied(name);
      push(name, SkeletonItem{*kind, *kind == Kind::cell ? read_pixels(html_, tag, "width") : 0},
           is_hidden(html_, tag));
    } else if (hidden_ > 0 || is_hidden(html_, tag)) {
      if (name == "span") push(name, std::nullopt, true);
    }
  }

  /// A comment is not text.
  void skip(std::size_t begin, std::size_t end) {
    constexpr std::size_t opening = 4;  // "<!--"
    if (!muted_) flush_text(begin - opening);
    text_begin_ = end + (html_.substr(end).starts_with("--!>") ? 4 : 3);
  }

  void flush_text(std::size_t end) {
    if (end <= text_begin_) return;
    const std::uint32_t count = count_characters(html_.substr(text_begin_, end - text_begin_));
    text_begin_ = end;
    if (count > 0) emit({Kind::text, count});
  }

  void add_image(const mail::html::Tag& tag) {
    const std::uint32_t width = read_pixels(html_, tag, "width");
    const std::uint32_t height = read_pixels(html_, tag, "height");
    const bool is_pixel = width == 1 && height == 1;
    if (!is_pixel) emit({Kind::image, width, height});
  }

  void open_link(const mail::html::Tag& tag) {
    const mail::html::Attribute* href = mail::html::find_attribute(html_, tag, "href");
    if (href == nullptr) return;
    const auto found = track::find_token(href->value.of(html_));
    const auto token = found ? sealer_.open(found->token, track::Purpose::click) : base::invalid("no token");
    if (!token || token->link == track::kTrapLink ||
        (places_.size() >= kMaxLinks && !places_.contains(token->link)))
      return;
    places_.try_emplace(token->link, track::place_of(token->target).substr(0, kMaxPlace));
    if (!in_link()) push("a", SkeletonItem{Kind::link, token->link}, false);
  }

  /// HTML has no links within links; a reader would see through the inner one or the outer one.
  bool in_link() const {
    return std::any_of(open_.begin(), open_.end(), [](const Open& one) { return one.name == "a"; });
  }

  void push(std::string name, const std::optional<SkeletonItem>& item, bool hidden) {
    if (open_.size() >= kMaxSkeletonDepth) return;
    hidden_ += hidden ? 1 : 0;
    const bool emitted = item && emit(*item);
    depth_ += emitted ? 1 : 0;
    open_.push_back({std::move(name), emitted, hidden});
  }

  void pop() {
    const Open& last = open_.back();
    if (last.emitted) {
      skeleton_.items.push_back({Kind::close});
      --depth_;
    }
    hidden_ -= last.hidden ? 1 : 0;
    open_.pop_back();
  }

  /// Ends the nearest open box of that name and what is open within it. What is in a cell cannot end what
  /// is around its table.
  void close(std::string_view name) {
    const bool of_table = name == "table" || name == "tr" || name == "td" || name == "th";
    for (std::size_t i = open_.size(); i-- > 0;) {
      if (open_[i].name == name) {
        while (open_.size() > i) pop();
        return;
      }
      if (open_[i].name == "table" || (!of_table && (open_[i].name == "td" || open_[i].name == "th"))) return;
    }
  }

  /// What a start tag ends without an end tag (HTML standard §13.1.2.4).
  void close_implied(std::string_view name) {
    if (name == "p" || name == "li") {
      if (!open_.empty() && open_.back().name == name) pop();
    } else if (name == "td" || name == "th" || name == "tr") {
      close("td");
      close("th");
      if (name == "tr") close("tr");
    }
  }

  /// False beyond the bounds: room is kept for what closes.
  bool emit(const SkeletonItem& item) {
    if (hidden_ > 0 || skeleton_.items.size() + depth_ + 2 > kMaxSkeletonItems) return false;
    skeleton_.items.push_back(item);
    return true;
  }

  const track::Sealer& sealer_;
  Skeleton& skeleton_;
  std::string_view html_;
  std::vector<Open> open_;
  std::size_t depth_ = 0;   ///< of them emitted
  std::size_t hidden_ = 0;  ///< of them hidden
  bool muted_ = false;      ///< within an element whose text nobody sees
  std::size_t text_begin_ = 0;
  std::map<std::uint16_t, std::string> places_;
};

bool has_size(Kind kind) {
  return kind == Kind::cell || kind == Kind::link || kind == Kind::text || kind == Kind::image;
}

std::optional<SkeletonItem> parse_item(std::string_view word) {
  if (word.empty() || std::string_view("brcha]tin-").find(word.front()) == word.npos) return std::nullopt;
  SkeletonItem item{static_cast<Kind>(word.front())};
  word.remove_prefix(1);
  if (!has_size(item.kind)) return word.empty() ? std::optional(item) : std::nullopt;
  const std::string_view size = word.substr(0, item.kind == Kind::image ? word.find('x') : word.npos);
  const auto number = base::parse_number(size);
  if (item.kind == Kind::image && size.size() == word.size()) return std::nullopt;
  const auto height = item.kind == Kind::image ? base::parse_number(word.substr(size.size() + 1))
                                               : std::optional<std::uint64_t>(0);
  const std::uint64_t max = item.kind == Kind::link ? 0xFFFF : 0xFFFFFFFF;
  if (!number || !height || *number > max || *height > max) return std::nullopt;
  item.size = static_cast<std::uint32_t>(*number);
  item.height = static_cast<std::uint32_t>(*height);
  return item;
}

base::Result<std::vector<SkeletonItem>> parse_items(std::string_view line) {
  std::vector<SkeletonItem> items;
  std::size_t depth = 0;
  for (const std::string_view word : base::split(line, ' ')) {
    if (line.empty()) break;
    const auto item = parse_item(word);
    if (!item || items.size() >= kMaxSkeletonItems) return base::invalid("not an item of a layout");
    if (item->kind == Kind::close && depth-- == 0)
      return base::invalid("item " + std::to_string(items.size() + 1) +
                           " ends an element that was not opened");
    if (opens(item->kind) && ++depth > kMaxSkeletonDepth) return base::invalid("nested too deep");
    items.push_back(*item);
  }
  if (depth > 0) return base::invalid("an element is not closed");
  return items;
}

}  // namespace

Skeleton make_skeleton(const std::vector<mail::Field>& fields, std::string_view body,
                       const track::Sealer& sealer) {
  Skeleton skeleton;
  const mail::Structure structure = mail::parse_mime(fields, body);
  if (!structure.problem.empty()) return skeleton;
  Builder builder(sealer, skeleton);
  for (const mail::html::Candidate& part : mail::html::choose_parts(structure, body, false).parts)
    builder.add(part.decoded.text());
  builder.finish();
  return skeleton;
}

std::string format_skeleton(const Skeleton& skeleton) {
  std::string text;
  for (const SkeletonItem& item : skeleton.items) {
    if (!text.empty()) text += ' ';
    text += static_cast<char>(item.kind);
    if (has_size(item.kind)) text += std::to_string(item.size);
    if (item.kind == Kind::image) text += "x" + std::to_string(item.height);
  }
  text += '\n';
  for (const SkeletonLink& link : skeleton.links)
    text += std::to_string(link.index) + " " + link.place + "\n";
  return text;
}

base::Result<Skeleton> parse_skeleton(std::string_view text) {
  auto lines = base::split(text, '\n');
  if (lines.size() < 2 || !lines.back().empty()) return base::invalid("not a layout");
  lines.pop_back();
  auto items = parse_items(lines.front());
  if (!items) return tl::unexpected(items.error());
  Skeleton skeleton{std::move(*items), {}};
  for (const std::string_view line : std::span(lines).subspan(1)) {
    const std::string_view index = line.substr(0, line.find(' '));
    const auto number = base::parse_number(index);
    if (!number || *number > 0xFFFF || index.size() == line.size())
      return base::invalid("not a link of a layout");
    const std::string_view place = line.substr(index.size() + 1);
    if (place.size() > kMaxPlace || skeleton.links.size() >= kMaxLinks)
      return base::invalid("too many or too long");
    if (!skeleton.links.empty() && skeleton.links.back().index >= *number)
      return base::invalid("the links are not in order");
    skeleton.links.push_back({static_cast<std::uint16_t>(*number), std::string(place)});
  }
  return skeleton;
}

}  // namespace signpost::campaign
