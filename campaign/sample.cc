// Nothing of the sender's markup is copied: a tag that is on the list is written anew, "<" and ">" in text
// become references, so whatever a browser makes of the original, it finds only these tags here.
#include "campaign/sample.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "mail/html/html.h"
#include "mail/html/parts.h"
#include "mail/mime.h"
#include "track/token_url.h"

namespace signpost::campaign {
namespace {

constexpr std::size_t kMaxOpen = 200;
constexpr std::size_t kMaxStyle = 1000;  ///< bytes of one attribute
constexpr std::string_view kLinkBegin = "<a data-link=\"";

bool is_one_of(std::string_view name, const auto& names) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

/// Elements that stay; the others are seen through.
constexpr std::string_view kElements[] = {
    "table", "thead", "tbody", "tfoot", "tr",     "td",     "th",         "caption", "div", "p",  "center",
    "ul",    "ol",    "li",    "span",  "b",      "strong", "i",          "em",      "u",   "s",  "small",
    "big",   "sub",   "sup",   "font",  "header", "footer", "main",       "section", "h1",  "h2", "h3",
    "h4",    "h5",    "h6",    "pre",   "code",   "dl",     "blockquote", "article", "dt",  "dd", "abbr"};
constexpr std::string_view kAttributes[] = {
    "width",   "height", "align",  "valign", "bgcolor", "color",       "size",        "colspan",
    "rowspan", "dir",    "border", "face",   "lang",    "cellpadding", "cellspacing", "nowrap"};
/// Their content is not text that a reader sees.
constexpr std::string_view kMuted[] = {"style",    "script", "title",    "textarea", "iframe",
                                       "noembed",  "xmp",    "noframes", "select",   "template",
                                       "noscript", "object", "audio",    "video"};
constexpr std::string_view kStyles[] = {
    "color",           "background-color", "background",     "font",           "font-family",
    "font-size",       "font-weight",      "font-style",     "line-height",    "letter-spacing",
    "text-align",      "text-decoration",  "text-transform", "vertical-align", "width",
    "max-width",       "min-width",        "height",         "padding",        "padding-top",
    "padding-right",   "padding-bottom",   "padding-left",   "margin",         "margin-top",
    "margin-right",    "margin-bottom",    "margin-left",    "border",         "border-top",
    "border-right",    "border-bottom",    "border-left",    "border-radius",  "border-spacing",
    "border-collapse", "white-space",      "display"};

/// Letters, digits and what colours, lengths and names of fonts need; nothing that could load,
/// escape or comment.
bool is_plain_value(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    return base::is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view(" #%.,-'!").find(c) != std::string_view::npos;
  });
}

/// "rgb(…)" and "rgba(…)" beside plain values.
bool is_harmless(std::string_view value) {
  const bool colour =
      base::starts_with_ignore_case(value, "rgb(") || base::starts_with_ignore_case(value, "rgba(");
  if (!colour || !value.ends_with(')')) return is_plain_value(value);
  value.remove_suffix(1);
  return is_plain_value(value.substr(value.find('(') + 1));
}

/// The declarations that may stay.
std::string clean_style(std::string_view style) {
  std::string kept;
  for (const std::string_view declaration : base::split(style.substr(0, kMaxStyle), ';')) {
    const std::size_t colon = declaration.find(':');
    if (colon == declaration.npos) continue;
    const std::string name = base::lower(base::trim(declaration.substr(0, colon)));
    const std::string_view value = base::trim(declaration.substr(colon + 1));
    if (is_one_of(name, kStyles) && is_harmless(value))
      kept.append(name).append(":").append(value).append(";");
  }
  return kept;
}

/// Text in another charset is shown byte for byte as Latin-1.
std::string to_utf8(std::string_view text) {
  if (base::is_utf8(text)) return std::string(text);
  std::string utf8;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) utf8 += static_cast<char>(0xC0 | byte >> 6);
    utf8 += static_cast<char>(byte < 0x80 ? byte : 0x80 | (byte & 0x3F));
  }
  return utf8;
}

class Cleaner {
 public:
  Cleaner(const track::Sealer& sealer, std::string& out) : sealer_(sealer), out_(out) {}

  void add(const std::string& html) {
    html_ = html;
    text_begin_ = 0;
    muted_.clear();
    const bool whole = mail::html::scan_tags(
        html_, [this](const mail::html::Tag& tag) { see_tag(tag); },
        [this](const mail::Range& comment) { see_comment(comment); });
    if (whole && muted_.empty()) add_text(html_.size());
    while (!open_.empty()) pop();
  }

 private:
  void see_tag(const mail::html::Tag& tag) {
    const std::string name = base::lower(tag.name.of(html_).substr(0, 16));
    if (!muted_.empty()) {
      if (tag.closing && name == muted_) muted_.clear();
      text_begin_ = tag.all.end;
      return;
    }
    add_text(tag.all.begin);
    text_begin_ = tag.all.end;
    if (tag.closing) {
      close(name);
    } else if (is_one_of(name, kMuted)) {
      muted_ = name;
    } else if (name == "br" || name == "hr") {
      put("<" + name + ">");
    } else if (name == "img") {
      add_frame(tag);
    } else if (name == "a") {
      close(name);
      open_link(tag);
    } else if (is_one_of(name, kElements)) {
      push(name, "<" + name + attributes_of(tag) + ">");
    }
  }

  void see_comment(const mail::Range& comment) {
    constexpr std::size_t opening = 4;  // "<!--"
    if (muted_.empty()) add_text(comment.begin - opening);
    text_begin_ = comment.end + (html_.substr(comment.end).starts_with("--!>") ? 4 : 3);
  }

  void add_text(std::size_t end) {
    std::string text;
    for (std::size_t i = text_begin_; i < end && text.size() < kMaxSample; ++i) {
      const char c = html_[i];
      if (c == '<' && i + 1 < end && (html_[i + 1] == '!' || html_[i + 1] == '?')) {
        i = std::min(html_.find('>', i), end - 1);  // a declaration
      } else if (c == '<') {
        text += "&lt;";
      } else if (c == '>') {
        text += "&gt;";
      } else if (static_cast<unsigned char>(c) >= ' ' || c == '\t' || c == '\n') {
        text += c;
      }
    }
    put(text);
  }

  std::string attributes_of(const mail::html::Tag& tag) const {
    std::string text;
    for (const mail::html::Attribute& attribute : tag.attributes) {
      const std::string name = base::lower(attribute.name.of(html_).substr(0, 16));
      const std::string value = mail::html::decode_attribute(attribute.value.of(html_).substr(0, kMaxStyle));
      if (mail::html::find_attribute(html_, tag, name) != &attribute) continue;
      if (name == "style") {
        const std::string kept = clean_style(value);
        if (!kept.empty()) text += " style=\"" + kept + "\"";
      } else if (is_one_of(name, kAttributes) && is_plain_value(value)) {
        text.append(" ").append(name).append("=\"").append(value).append("\"");
      }
    }
    return text;
  }

  /// An image that is not loaded.
  void add_frame(const mail::html::Tag& tag) {
    const auto pixels = [&](std::string_view name) -> std::uint64_t {
      const mail::html::Attribute* attribute = mail::html::find_attribute(html_, tag, name);
      if (attribute == nullptr) return 0;
      return std::min<std::uint64_t>(base::parse_number(attribute->value.of(html_)).value_or(0), 2000);
    };
    const std::uint64_t width = pixels("width");
    const std::uint64_t height = pixels("height");
    if (width <= 1 && height <= 1 && width + height > 0) return;  // a pixel that somebody tracks opens with
    put("<i class=\"i\" style=\"width:" + std::to_string(width == 0 ? 80 : width) +
        "px;height:" + std::to_string(height == 0 ? 40 : height) + "px\"></i>");
  }

  void open_link(const mail::html::Tag& tag) {
    const mail::html::Attribute* href = mail::html::find_attribute(html_, tag, "href");
    const auto found = href ? track::find_token(href->value.of(html_)) : base::invalid("no link");
    const auto token = found ? sealer_.open(found->token, track::Purpose::click) : base::invalid("no token");
    if (token && token->link != track::kTrapLink)
      push("a", std::string(kLinkBegin) + std::to_string(token->link) + "\">");
  }

  void push(const std::string& name, const std::string& tag) {
    if (open_.size() < kMaxOpen && put(tag)) open_.push_back(name);
  }

  void pop() {
    out_ += "</" + open_.back() + ">";
    open_.pop_back();
  }

  /// Ends the nearest open element of that name and what is open within it; what is in a cell cannot end what
  /// is around its table.
  void close(std::string_view name) {
    const bool of_table = name == "table" || name == "tr" || name == "td" || name == "th";
    for (std::size_t i = open_.size(); i-- > 0;) {
      if (open_[i] == name) {
        while (open_.size() > i) pop();
        return;
      }
      if (open_[i] == "table" || (!of_table && (open_[i] == "td" || open_[i] == "th"))) return;
    }
  }

  /// False beyond the bound: room is kept for what closes.
  bool put(std::string_view text) {
    constexpr std::size_t longest_end = 16;
    if (out_.size() + text.size() + kMaxOpen * longest_end > kMaxSample) return false;
    out_ += text;
    return true;
  }

  const track::Sealer& sealer_;
  std::string& out_;
  std::string_view html_;
  std::vector<std::string> open_;
  std::string muted_;  ///< the element whose content is left out; empty: none
  std::size_t text_begin_ = 0;
};

}  // namespace

std::string make_sample(const std::vector<mail::Field>& fields, std::string_view body,
                        const track::Sealer& sealer) {
  std::string sample;
  const mail::Structure structure = mail::parse_mime(fields, body);
  if (!structure.problem.empty()) return sample;
  Cleaner cleaner(sealer, sample);
  for (const mail::html::Candidate& part : mail::html::choose_parts(structure, body, false).parts)
    cleaner.add(to_utf8(part.decoded.text()));
  return sample;
}

void split_sample(std::string_view sample, const std::function<void(std::string_view)>& text,
                  const std::function<void(std::uint16_t)>& link) {
  for (;;) {
    const std::size_t begin = sample.find(kLinkBegin);
    text(sample.substr(0, begin));
    if (begin == sample.npos) return;
    sample.remove_prefix(begin + kLinkBegin.size());
    const std::size_t end = sample.find("\">");
    const auto index = base::parse_number(sample.substr(0, end));
    if (end == sample.npos || !index || *index > 0xFFFF) return;
    link(static_cast<std::uint16_t>(*index));
    sample.remove_prefix(end + 2);
  }
}

}  // namespace signpost::campaign
