#include "track/pixel.h"

#include <algorithm>

#include "base/text.h"

namespace signpost::track {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\f";

/// Elements behind whose start tag an image would not be one, or not be shown.
constexpr std::string_view kNoImages[] = {
    "html",  "head",   "title",    "meta",     "link",     "base",      "style",  "script", "textarea",
    "xmp",   "iframe", "noembed",  "noframes", "noscript", "plaintext", "select", "option", "optgroup",
    "svg",   "math",   "template", "object",   "audio",    "video",     "canvas", "frame",  "frameset",
    "table", "thead",  "tbody",    "tfoot",    "tr",       "colgroup",  "col",
};

std::string attributes_of(std::string_view url) {
  return "src=\"" + std::string(url) +
         "\" width=\"1\" height=\"1\" alt=\"\" style=\"position:absolute!important;float:left!important;"
         "width:0!important;height:0!important;min-width:0!important;min-height:0!important;"
         "margin:0!important;padding:0!important;border:0!important\"";
}

constexpr std::string_view kImage = "<img";
constexpr std::string_view kTrap = "<a";

std::string trap_attributes(std::string_view url) {
  return "href=\"" + std::string(url) +
         "\" style=\"display:none!important\" tabindex=\"-1\" aria-hidden=\"true\"";
}

std::string written(std::string_view url, std::string_view trap, std::string_view blank,
                    std::string_view before_end) {
  std::string text;
  if (!trap.empty())
    text.append(kTrap)
        .append(blank)
        .append(trap_attributes(trap))
        .append("></a")
        .append(before_end)
        .append(">");
  return text.append(kImage).append(blank).append(attributes_of(url)).append(before_end).append(kPixelEnd);
}

}  // namespace

bool marks_pixel(std::string_view html, const mail::html::Tag& tag) {
  if (tag.closing) return false;
  const mail::html::Attribute* mark = mail::html::find_attribute(html, tag, "data-signpost");
  return mark != nullptr && base::equals_ignore_case(base::trim(mark->value.of(html)), "pixel") &&
         std::none_of(std::begin(kNoImages), std::end(kNoImages),
                      [&](std::string_view name) { return mail::html::is_named(html, tag, name); });
}

std::string_view why_no_pixel(std::string_view html, const HtmlScan& scan) {
  if (scan.shifting_charset) return "charset";
  if (scan.has_pixel) return "has-pixel";
  if (!scan.complete) return "truncated-html";
  return html.find_first_not_of(kBlanks) == std::string_view::npos ? "empty-html" : "";
}

std::size_t pixel_place(std::string_view html, const HtmlScan& scan) {
  if (scan.pixel_mark) return *scan.pixel_mark;
  return scan.body_end.value_or(html.find_last_not_of(kBlanks) + 1);
}

std::string pixel_html(std::string_view url, std::string_view trap) {
  return written(url, trap, " ", "");
}

std::string pixel_html_on_own_lines(std::string_view url, std::string_view line_end, std::string_view trap) {
  return written(url, trap, line_end, line_end);
}

std::string_view pixel_begin(bool with_trap) {
  return with_trap ? kTrap : kImage;
}

}  // namespace signpost::track
