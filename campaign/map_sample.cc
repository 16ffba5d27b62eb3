#include "campaign/map_sample.h"

#include "campaign/sample.h"

namespace signpost::campaign {
namespace {

constexpr std::string_view kFrameStyle =
    "body{margin:4px;font:15px/1.5 system-ui,\"DejaVu Sans\",sans-serif;color:#1d2733}"
    "table{max-width:100%}"
    ".i{display:inline-block;max-width:100%;background:#eef1f4;border:1px solid #d5dce3;border-radius:6px}"
    "a{display:inline-block;max-width:100%;border-radius:6px;padding:2px}a .i{display:block}"
    ".n{font:600 13px system-ui,\"DejaVu Sans\",sans-serif}";

}  // namespace

std::string format_sample(std::string_view sample,
                          const std::function<SampleLink(std::uint16_t index)>& link) {
  std::string page = "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><style>";
  page.append(kFrameStyle).append(kHeatStyle).append("</style></head><body>");
  campaign::split_sample(
      sample, [&page](std::string_view text) { page += text; },
      [&](std::uint16_t index) {
        const SampleLink shown = link(index);
        page +=
            "<a class=\"k" + std::to_string(shown.heat) + "\"><span class=\"n\">" + shown.share + "</span> ";
      });
  page += "</body></html>";
  std::string frame = "<iframe class=\"sample\" title=\"The message\" sandbox srcdoc=\"";
  for (const char c : page) {
    if (c == '&') {
      frame += "&amp;";
    } else if (c == '"') {
      frame += "&quot;";
    } else {
      frame += c;
    }
  }
  return frame + "\"></iframe>";
}

}  // namespace signpost::campaign
