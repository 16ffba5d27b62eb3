// Whole foreign files, in pieces of different sizes: the same lines come out, none of them is "." or holds a line end,
// and each record counts once.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "importers/import_file.h"

using namespace signpost;

namespace {

std::optional<std::vector<std::string>> lines_of(std::string_view text, std::size_t piece) {
  importers::ReadOptions options;
  const auto columns = importers::parse_columns_option(text.substr(0, 40));
  if (columns && piece > 64) options.columns = *columns;
  const std::size_t semicolon = text.substr(0, 40).find(';');
  if (const auto tag = importers::parse_tag_option(text.substr(0, semicolon)); tag && piece > 64)
    options.tags.push_back(*tag);
  if (const auto kept = importers::parse_kept_option(text.substr(0, semicolon)); kept) options.kept = *kept;
  // Formats that only the operator's word tells.
  if (!columns && piece > 64 && !text.empty()) {
    const auto& formats = importers::formats();
    options.format = formats[static_cast<unsigned char>(text.back()) % formats.size()].name;
  }
  auto file = importers::ImportFile::open(
      [&](char* buffer, std::size_t size) {
        const std::size_t count = std::min({size, text.size(), piece});
        std::copy_n(text.data(), count, buffer);
        text.remove_prefix(count);
        return count;
      },
      options);
  if (!file) return std::nullopt;
  std::vector<std::string> lines;
  const auto summary = file->lines([&](std::string_view line) {
    if (line == "." || line.find('\n') != std::string_view::npos) __builtin_trap();
    lines.emplace_back(line);
    return true;
  });
  if (!summary) return std::nullopt;
  const bool has_header = !lines.empty() && lines.front() == importers::format_import_header(false);
  const std::uint64_t count = summary->entries + summary->ignored + summary->expired + summary->bad;
  if (has_header && count + 1 != lines.size()) __builtin_trap();
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)lines_of(text, 100'000);
  const auto whole = lines_of(text, 60);
  // The first piece alone may tell that it is a plain list; how it goes on does not depend on the pieces.
  const auto parts = lines_of(text, 59);
  if (whole && parts && size < 59 && *whole != *parts) __builtin_trap();
  return 0;
}
