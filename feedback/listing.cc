#include "feedback/listing.h"

#include <array>
#include <string>

#include "base/text.h"
#include "feedback/classify.h"
#include "feedback/json_text.h"

namespace signpost::feedback {
namespace {

/// Without control bytes (C1 too); bytes that are not UTF-8 become "?".
std::string printable(std::string_view text) {
  const bool is_utf8 = base::is_utf8(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool is_c1 =
        is_utf8 && c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (is_c1) ++i;
    out += c < ' ' || c == 127 || is_c1 || (c >= 128 && !is_utf8) ? '?' : text[i];
  }
  return out;
}

constexpr std::array<std::string_view, 7> kNames = {"file",   "address",    "class", "reason",
                                                    "status", "diagnostic", "rule"};

std::string format_line(const std::array<std::string, 7>& values, ListingForm form) {
  std::string line = form == ListingForm::json ? "{" : "";
  const std::size_t shown = form == ListingForm::json ? values.size() : values.size() - 1;
  for (std::size_t i = 0; i < shown; ++i) {
    const std::string value = printable(values[i]);
    if (form == ListingForm::json) {
      line +=
          (i == 0 ? "" : ",") + json_quoted(kNames[i]) + ":" + (value.empty() ? "null" : json_quoted(value));
    } else {
      line += (i == 0 ? "" : "\t") + (value.empty() ? "-" : value);
    }
  }
  return line + (form == ListingForm::json ? "}\n" : "\n");
}

}  // namespace

std::string format_listing(std::string_view file, const Report& report, ListingForm form) {
  std::string lines;
  const auto add = [&](const Row& row, const Classification& found) {
    std::string status(row.status.empty() ? find_enhanced_code(row.diagnostic)
                                          : std::string_view(row.status));
    if (status.empty()) status = find_enhanced_code(row.words);
    if (status.empty()) status = find_reply_code(row.diagnostic.empty() ? row.words : row.diagnostic);
    const bool has_words = report.kind == Kind::delivery_status || report.kind == Kind::bounce;
    lines += format_line({std::string(file), row.address, std::string(class_word(found.result)),
                          std::string(found.reason), has_words ? status : std::string(),
                          has_words ? describe(row) : std::string(), std::string(found.rule)},
                         form);
  };
  for (const Row& row : report.rows) add(row, classify(report, row));
  if (report.rows.empty()) add(Row(), classify_kind(report));
  return lines;
}

}  // namespace signpost::feedback
