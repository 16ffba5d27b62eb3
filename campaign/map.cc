// The document: head, figures, the newsletter's boxes, the plot, the table. Colours are a scale of one hue
// whose steps carry dark or white text at a contrast of 4.5 or more; every colour has its number beside it.
#include "campaign/map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/text.h"
#include "campaign/map_sample.h"

namespace signpost::campaign {
namespace {

using Kind = campaign::SkeletonItem::Kind;

constexpr std::uint32_t kPaperWidth = 600;      ///< pixels
constexpr std::uint32_t kMaxImageHeight = 360;  ///< pixels
constexpr std::uint32_t kDefaultImageWidth = 160;
constexpr std::uint32_t kMaxTextShown = 600;  ///< characters of one text
constexpr std::size_t kHeatSteps = 6;

constexpr std::string_view kStyle = R"(
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#f4f6f8;color:#1d2733;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1200px;margin:0 auto;padding:40px 24px 64px}
h1{font-size:1.75rem;line-height:1.25;margin:0;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:0 0 16px}
.sub{color:#52606d;margin:4px 0 28px;overflow-wrap:anywhere}
.figures{display:flex;flex-wrap:wrap;gap:16px;margin:0 0 32px;padding:0;list-style:none}
.figures li{background:#fff;border:1px solid #dfe5eb;border-radius:10px;padding:14px 20px;min-width:150px}
.figures b{display:block;font-size:1.6rem;line-height:1.2;font-weight:600;font-variant-numeric:tabular-nums}
.figures span{color:#52606d;font-size:.9rem}
.columns{display:flex;flex-wrap:wrap;gap:32px;align-items:flex-start}
.columns>section{flex:1 1 380px;min-width:0}
.columns>section:first-child{flex:0 1 610px}
.paper{background:#fff;border:1px solid #dfe5eb;border-radius:10px;padding:24px}
.paper div{min-width:0}
.b{margin:6px 0}
.r{display:flex;gap:12px;align-items:flex-start}
.c{flex:1 1 0}
.h{font-size:1.4em;margin:10px 0}
.t{background:#e9edf1;color:transparent;border-radius:4px;box-decoration-break:clone;-webkit-box-decoration-break:clone;line-height:1.7;font-size:.8em;user-select:none;overflow-wrap:anywhere}
.i{display:inline-block;max-width:100%;background:#eef1f4 linear-gradient(to top right,transparent calc(50% - 1px),#d5dce3 50%,transparent calc(50% + 1px));border:1px solid #d5dce3;border-radius:6px;vertical-align:middle}
hr{border:0;border-top:1px solid #dfe5eb;margin:12px 0}
.l{display:inline-block;max-width:100%;border-radius:8px;padding:3px 8px;margin:2px 0;text-decoration:none;border:1px solid #1c5c9633;vertical-align:middle}
.l:focus-visible,.l:hover{outline:3px solid #1c5c96;outline-offset:2px}
.l .t{background:#ffffff59}.l .i{display:block;margin:2px 0 4px}
.n{font-size:.85rem;font-weight:600;font-variant-numeric:tabular-nums;white-space:nowrap}
.whole{padding:0;overflow:hidden}
.sample{display:block;width:100%;height:900px;border:0}
.legend{display:flex;flex-wrap:wrap;gap:6px;margin:14px 0 0;padding:0;list-style:none;font-size:.85rem}
.legend li{border-radius:6px;padding:2px 10px}
.card{background:#fff;border:1px solid #dfe5eb;border-radius:10px;padding:20px 24px;margin:0 0 32px}
svg{display:block;width:100%;height:auto}
.key{display:flex;gap:20px;font-size:.85rem;color:#52606d;margin:8px 0 0}
.key i{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:6px;vertical-align:-1px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;padding:8px 10px 8px 0;border-bottom:1px solid #e7ecf0;vertical-align:top}
thead th{color:#52606d;font-weight:600;font-size:.85rem}
td.d,th.d{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.u{overflow-wrap:anywhere;min-width:150px}
tr:target{background:#fff6da}
footer{color:#52606d;font-size:.9rem;margin-top:36px;max-width:70ch}
@media print{body{background:#fff}main{padding:0}}
)";

/// The step of the scale for a share of all clicks, measured against the largest share.
std::size_t heat_of(std::uint64_t clicks, std::uint64_t max) {
  if (clicks == 0 || max == 0) return 0;
  const double part = static_cast<double>(clicks) / static_cast<double>(max);
  return std::clamp<std::size_t>(static_cast<std::size_t>(std::ceil(part * (kHeatSteps - 1))), 1,
                                 kHeatSteps - 1);
}

/// "12.3 %"; nothing rounds to a false 0 or 100.
std::string format_share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "0 %";
  const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (part > 0 && share < 0.1) return "&lt; 0.1 %";
  if (part < whole && share > 99.9) return "&gt; 99.9 %";
  std::array<char, 16> text{};
  (void)std::snprintf(text.data(), text.size(), share < 10 && part > 0 ? "%.1f %%" : "%.0f %%", share);
  return text.data();
}

/// With thin blanks between thousands.
std::string format_number(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, "&#8239;");
  return text;
}

/// Meaningless words that wrap like text; shown as bars.
std::string filler(std::uint32_t characters) {
  constexpr std::array<std::size_t, 7> lengths = {5, 3, 7, 4, 6, 2, 8};
  std::string text;
  std::size_t left = std::clamp<std::uint32_t>(characters, 1, kMaxTextShown);
  for (std::size_t i = 0; left > 0; ++i) {
    const std::size_t word = std::min(left, lengths[i % lengths.size()]);
    if (!text.empty()) text += ' ';
    text.append(word, 'x');
    left -= std::min(left, word + 1);
  }
  return text;
}

std::string_view without_scheme(std::string_view url) {
  constexpr std::string_view usual = "https://";
  return url.starts_with(usual) ? url.substr(usual.size()) : url;
}

class MapPage {
 public:
  explicit MapPage(const MapData& data) : data_(data) {
    for (const MapLink& link : data.links) {
      hits_[link.index] = link.hits;
      if (!link.place.empty()) places_[link.index] = link.place;
      clicks_ += link.hits.human;
      max_clicks_ = std::max(max_clicks_, link.hits.human);
    }
    for (const campaign::SkeletonLink& link : data.skeleton.links) {
      places_[link.index] = link.place;
      hits_.try_emplace(link.index);
    }
  }

  std::string take() {
    add_head();
    add_figures();
    add_plot();
    out_ += "<div class=\"columns\">\n";
    add_paper();
    out_ += "<section>\n";
    add_table();
    out_ += "</section>\n</div>\n";
    add_foot();
    return std::move(out_);
  }

 private:
  void add_head() {
    const std::string name = escape_html(data_.campaign);
    out_ += kMapBegin;
    out_ += name + "</title>\n<style>" + std::string(kStyle) + std::string(kHeatStyle) +
            "</style>\n</head>\n<body>\n";
    out_ += "<main>\n<h1>" + name + "</h1>\n<p class=\"sub\">Click map";
    if (!data_.tenant.empty()) out_ += " of tenant " + escape_html(data_.tenant);
    out_ += ", made " + base::format_time(data_.now).substr(0, 16) + " UTC</p>\n";
  }

  void add_figure(std::string_view name, std::string_view value) {
    out_.append("<li><b>").append(value).append("</b><span>").append(name).append("</span></li>\n");
  }

  void add_figures() {
    out_ += "<ul class=\"figures\">\n";
    if (data_.recipients > 0) add_figure("recipients", format_number(data_.recipients));
    add_figure("opens by people", format_number(data_.opens.human));
    add_figure("clicks by people", format_number(clicks_));
    const auto clicked =
        std::count_if(hits_.begin(), hits_.end(), [](const auto& one) { return one.second.human > 0; });
    add_figure("links clicked",
               format_number(static_cast<std::uint64_t>(clicked)) + " of " + format_number(hits_.size()));
    out_ += "</ul>\n";
  }

  void add_paper() {
    out_ += "<section aria-labelledby=\"where\">\n<h2 id=\"where\">Where people clicked</h2>\n";
    if (!data_.sample.empty()) {
      out_ += "<div class=\"paper whole\">\n" + format_sample(data_.sample, [this](std::uint16_t index) {
                const std::uint64_t clicks = hits_of(index).human;
                return SampleLink{heat_of(clicks, max_clicks_), format_share(clicks, clicks_)};
              });
      out_ += "\n</div>\n";
      add_legend();
      out_ += "</section>\n";
      return;
    }
    if (data_.skeleton.items.empty()) {
      out_ +=
          "<p>No layout of this campaign's message was kept; the table below shows its "
          "links.</p>\n</section>\n";
      return;
    }
    out_ += "<div class=\"paper\">\n";
    std::vector<Kind> open;
    for (const campaign::SkeletonItem& item : data_.skeleton.items) add_item(item, open);
    while (!open.empty()) close(open);
    out_ += "\n</div>\n";
    add_legend();
    out_ += "</section>\n";
  }

  void add_item(const campaign::SkeletonItem& item, std::vector<Kind>& open) {
    switch (item.kind) {
      case Kind::block:
        return begin(item.kind, "<div class=\"b\">", open);
      case Kind::row:
        return begin(item.kind, "<div class=\"r\">", open);
      case Kind::heading:
        return begin(item.kind, "<div class=\"b h\">", open);
      case Kind::cell:
        return begin(item.kind, cell_tag(item.size), open);
      case Kind::link:
        return begin_link(item.size, open);
      case Kind::close:
        if (!open.empty()) close(open);
        return;
      case Kind::text:
        out_ += "<span class=\"t\" aria-hidden=\"true\">" + filler(item.size) + "</span> ";
        return;
      case Kind::image:
        return add_image(item);
      case Kind::line_break:
        out_ += "<br>";
        return;
      case Kind::rule:
        out_ += "<hr>";
        return;
    }
  }

  static std::string cell_tag(std::uint32_t width) {
    if (width == 0) return "<div class=\"c\">";
    return "<div class=\"c\" style=\"flex-grow:" + std::to_string(std::min(width, kPaperWidth)) + "\">";
  }

  void begin(Kind kind, std::string_view tag, std::vector<Kind>& open) {
    out_.append("\n").append(tag);
    open.push_back(kind);
  }

  /// Leads to the link's row in the table, not to its target.
  void begin_link(std::uint32_t index, std::vector<Kind>& open) {
    const MapHits hits = hits_of(index);
    const std::string share = format_share(hits.human, clicks_);
    const std::string number = std::to_string(index + 1);
    out_ += "<a class=\"l k" + std::to_string(heat_of(hits.human, max_clicks_)) + "\" href=\"#link-" +
            number + "\" aria-label=\"Link " + number + ": " + share + " of the clicks\"><span class=\"n\">" +
            share + "</span> ";
    open.push_back(Kind::link);
  }

  void add_image(const campaign::SkeletonItem& item) {
    const std::uint32_t width = std::min(item.size == 0 ? kDefaultImageWidth : item.size, kPaperWidth);
    const std::uint64_t scaled =
        item.height == 0 ? width / 2 : std::uint64_t{item.height} * width / std::max(item.size, width);
    const auto height = std::min<std::uint64_t>(scaled, kMaxImageHeight);
    out_ += "<span class=\"i\" aria-hidden=\"true\" style=\"width:" + std::to_string(width) +
            "px;height:" + std::to_string(height) + "px\"></span> ";
  }

  void close(std::vector<Kind>& open) {
    out_ += open.back() == Kind::link ? "</a> " : "</div>";
    open.pop_back();
  }

  void add_legend() {
    static constexpr std::array<std::string_view, kHeatSteps> names = {
        "no clicks", "few", "some", "half of the maximum", "many", "maximum"};
    out_ += "<ul class=\"legend\" aria-label=\"Colours\">";
    for (std::size_t step = 0; step < kHeatSteps; ++step) {
      out_ += "<li class=\"k" + std::to_string(step) + "\">" + std::string(names[step]) + "</li>";
    }
    out_ += "</ul>\n";
  }

  void add_plot() {
    const std::string plot = format_plot(data_.hours);
    if (plot.empty()) return;
    out_ += "<div class=\"card\">\n<h2>When</h2>\n" + plot +
            "<p class=\"key\"><span><i style=\"background:#aacde8\"></i>opens</span>"
            "<span><i style=\"background:#0b3f70\"></i>clicks</span></p>\n</div>\n";
  }

  void add_table() {
    out_ +=
        "<div class=\"card\">\n<h2 id=\"links\">Links</h2>\n<div class=\"scroll\" tabindex=\"0\" "
        "role=\"region\" "
        "aria-labelledby=\"links\">\n<table>\n<thead><tr><th scope=\"col\" class=\"d\">#</th>"
        "<th scope=\"col\">leads to</th><th scope=\"col\" class=\"d\">clicks</th>"
        "<th scope=\"col\" class=\"d\">share</th><th scope=\"col\" "
        "class=\"d\">programs</th></tr></thead>\n<tbody>\n";
    for (const auto& [index, hits] : hits_) add_row(index, hits);
    out_ += "</tbody>\n</table>\n</div>\n</div>\n";
  }

  void add_row(std::uint32_t index, const MapHits& hits) {
    const auto place = places_.find(index);
    const std::string number = std::to_string(index + 1);
    const auto cell = [this](const std::string& text) { out_ += "<td class=\"d\">" + text + "</td>"; };
    out_ += "<tr id=\"link-" + number + "\"><th scope=\"row\" class=\"d\">" + number +
            "</th><td class=\"u\">" +
            (place == places_.end() ? std::string("unknown") : escape_html(without_scheme(place->second))) +
            "</td>";
    cell(format_number(hits.human));
    cell(format_share(hits.human, clicks_));
    cell(format_number(hits.prefetch + hits.scanner));
    out_ += "</tr>\n";
  }

  void add_foot() {
    out_ +=
        "<footer>Shares are of the clicks that people made. What mail programs prefetch and what "
        "scanners open is counted under “programs”. ";
    out_ += data_.sample.empty() ? "Texts are shown as bars and images as empty frames, because the text of "
                                   "the message was not kept."
                                 : "The message shown is the campaign's first; its images are empty frames.";
    out_ +=
        "</footer>\n"
        "</main>\n</body>\n</html>\n";
  }

  MapHits hits_of(std::uint32_t index) const {
    const auto found = hits_.find(index);
    return found == hits_.end() ? MapHits{} : found->second;
  }

  const MapData& data_;
  std::string out_;
  std::map<std::uint32_t, MapHits> hits_;
  std::map<std::uint32_t, std::string> places_;
  std::uint64_t clicks_ = 0;      ///< by people
  std::uint64_t max_clicks_ = 0;  ///< of them on one link
};

/// The length of the UTF-8 sequence at the front that may be shown, 0 if it may not: control bytes, C1, marks
/// that reorder text, and bytes that are not UTF-8.
std::size_t shown_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return first >= ' ' && first != 127 ? 1 : 0;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (text.size() < length || !base::is_utf8(text.substr(0, length))) return 0;
  const std::string_view letter = text.substr(0, length);
  const bool c1 = letter >= "\xC2\x80" && letter <= "\xC2\x9F";
  const bool bidi = letter == "\xD8\x9C" || (letter >= "\xE2\x80\x8B" && letter <= "\xE2\x80\x8F") ||
                    (letter >= "\xE2\x80\xA8" && letter <= "\xE2\x80\xAE") ||
                    (letter >= "\xE2\x81\xA6" && letter <= "\xE2\x81\xA9") || letter == "\xEF\xBB\xBF";
  return c1 || bidi ? 0 : length;
}

}  // namespace

const std::string_view kMapBegin =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<title>Click map: ";

std::string format_map(const MapData& data) {
  return MapPage(data).take();
}

std::string escape_html(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = shown_length(text);
    const char c = text.front();
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'') {
      out += "&#" + std::to_string(static_cast<int>(c)) + ";";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace signpost::campaign
