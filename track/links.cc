// One pass over the tags. A link whose text matters is kept back until its element ends.
#include "track/links.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "mail/html/html.h"
#include "track/opt_out.h"
#include "track/pixel.h"
#include "track/token.h"
#include "track/token_url.h"

namespace signpost::track {
namespace {

/// Bytes of a link's text that are looked at: a URL in it that is longer does not count as one.
constexpr std::size_t kMaxLinkText = 2048;

/// True for the shapes of VML that can be clicked.
bool is_vml_shape(std::string_view html, const mail::html::Tag& tag) {
  static constexpr std::string_view kShapes[] = {"v:roundrect", "v:rect",  "v:oval",
                                                 "v:shape",     "v:image", "v:line"};
  return std::any_of(std::begin(kShapes), std::end(kShapes),
                     [&](std::string_view name) { return mail::html::is_named(html, tag, name); });
}

/// What a conditional comment shows to Outlook: between "[if …]>" and "<![endif]"; empty if it is none.
mail::Range conditional_content(std::string_view html, const mail::Range& comment) {
  constexpr std::string_view end = "<![endif]";
  const std::string_view text = comment.of(html);
  const std::size_t opened = text.find("]>");
  if (!base::starts_with_ignore_case(text, "[if") || opened == text.npos) return {};
  if (text.size() < opened + 2 + end.size()) return {};
  if (!base::equals_ignore_case(text.substr(text.size() - end.size()), end)) return {};
  return {comment.begin + opened + 2, comment.end - end.size()};
}

/// True for one word that begins as a URL does.
bool is_url_text(std::string_view text) {
  const std::string decoded = mail::html::decode_attribute(text);
  const std::string_view word = base::trim(decoded);
  const bool begins = base::starts_with_ignore_case(word, "http://") ||
                      base::starts_with_ignore_case(word, "https://") ||
                      base::starts_with_ignore_case(word, "www.");
  return begins && word.find_first_of(" \t\r\n") == word.npos;
}

class LinkScanner {
 public:
  LinkScanner(std::string_view html, mail::html::Charset charset, const Settings& settings,
              const std::function<void(const FoundLink&)>& on_link)
      : html_(html), charset_(charset), settings_(settings), on_link_(on_link) {}

  HtmlScan scan() {
    scan_.complete = mail::html::scan_tags(
        html_, [this](const mail::html::Tag& tag) { see_tag(tag); },
        [this](const mail::Range& comment) { see_comment(comment); });
    if (pending_) collect_text({html_.size(), html_.size()});
    finish_pending();
    return scan_;
  }

 private:
  void see_tag(const mail::html::Tag& tag) {
    if (pending_) collect_text(tag.all);
    if (!scan_.pixel_mark && svg_depth_ == 0 && marks_pixel(html_, tag)) scan_.pixel_mark = tag.all.end;
    const bool is_anchor = mail::html::is_named(html_, tag, "a");
    const bool is_area = mail::html::is_named(html_, tag, "area");
    if (is_anchor || is_area) finish_pending();
    if (mail::html::is_named(html_, tag, "svg")) {
      if (tag.closing && svg_depth_ > 0) --svg_depth_;
      if (!tag.closing && !tag.self_closing) ++svg_depth_;
    } else if (tag.closing) {
      if (mail::html::is_named(html_, tag, "body")) scan_.body_end = tag.all.begin;
    } else if (is_anchor || is_area) {
      see_link(tag, is_anchor);
    } else if (mail::html::is_named(html_, tag, "img")) {
      scan_.has_pixel = scan_.has_pixel || is_our_pixel(tag);
    } else if (mail::html::is_named(html_, tag, "meta")) {
      for (const mail::html::Attribute& attribute : tag.attributes) {
        if (shifting_.is_named_by(attribute.value.of(html_))) scan_.shifting_charset = true;
      }
    }
  }

  void see_link(const mail::html::Tag& tag, bool is_anchor) {
    const mail::html::Attribute* href = mail::html::find_attribute(html_, tag, "href");
    if (href == nullptr && is_anchor && settings_.svg && svg_depth_ > 0)
      href = mail::html::find_attribute(html_, tag, "xlink:href");
    if (href == nullptr || !href->has_value) return;
    FoundLink link = read(html_, tag, *href);
    if (settings_.url_text || !is_anchor || !link.left_alone.empty()) return on_link_(link);
    pending_ = std::move(link);
    text_begin_ = tag.all.end;
    text_.clear();
  }

  /// Links in a conditional comment are Outlook's alone; nothing else in it counts.
  void see_comment(const mail::Range& comment) {
    if (!settings_.conditional_comments) return;
    const mail::Range shown = conditional_content(html_, comment);
    const std::string_view inner = shown.of(html_);
    mail::html::scan_tags(inner, [&](const mail::html::Tag& tag) {
      if (tag.closing) return;
      if (!mail::html::is_named(inner, tag, "a") && !mail::html::is_named(inner, tag, "area") &&
          !is_vml_shape(inner, tag))
        return;
      const mail::html::Attribute* href = mail::html::find_attribute(inner, tag, "href");
      if (href == nullptr || !href->has_value) return;
      FoundLink link = read(inner, tag, *href);
      if (link.left_alone.empty() && href->quote == 0) link.left_alone = "unquoted";
      link.value = {shown.begin + link.value.begin, shown.begin + link.value.end};
      finish_pending();
      on_link_(link);
    });
  }

  FoundLink read(std::string_view html, const mail::html::Tag& tag, const mail::html::Attribute& href) const {
    const std::string_view raw = href.value.of(html);
    const auto value = mail::html::to_utf8(raw, charset_);
    const std::string_view left_alone = opts_out(html, tag) ? "opted-out" : value ? "" : "address-charset";
    return {href.value, mail::html::decode_attribute(value ? *value : raw), left_alone, href.quote,
            opens_app(html, tag)};
  }

  /// Adds what stands before a tag to the text of the link that is kept back.
  void collect_text(const mail::Range& tag) {
    const std::string_view text = html_.substr(text_begin_, tag.begin - text_begin_);
    text_ += text.substr(0, kMaxLinkText - text_.size());
    text_begin_ = tag.end;
  }

  void finish_pending() {
    if (!pending_) return;
    if (is_url_text(text_)) pending_->left_alone = "url-text";
    on_link_(*pending_);
    pending_.reset();
  }

  bool is_our_pixel(const mail::html::Tag& tag) const {
    const mail::html::Attribute* source = mail::html::find_attribute(html_, tag, "src");
    if (source == nullptr) return false;
    const std::string url = mail::html::decode_attribute(source->value.of(html_));
    const auto token = find_token(url);
    return token && token->purpose == Purpose::open &&
           base::starts_with_ignore_case(url, "https://" + settings_.host + "/");
  }

  std::string_view html_;
  mail::html::Charset charset_;
  mail::html::ShiftingText shifting_{html_};
  const Settings& settings_;
  const std::function<void(const FoundLink&)>& on_link_;
  HtmlScan scan_;
  std::size_t svg_depth_ = 0;
  std::optional<FoundLink> pending_;  ///< an <a> whose text decides
  std::string text_;
  std::size_t text_begin_ = 0;
};

}  // namespace

HtmlScan scan_links(std::string_view html, mail::html::Charset charset, const Settings& settings,
                    const std::function<void(const FoundLink&)>& on_link) {
  return LinkScanner(html, charset, settings, on_link).scan();
}

}  // namespace signpost::track
