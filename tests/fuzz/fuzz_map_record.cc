// Records of lookup tables: what is taken lies within the text, goes on, and is the same however the text arrives.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "importers/map_records.h"

using namespace signpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view whole(reinterpret_cast<const char*>(data), size);
  for (const int way : {0, 1, 2, 3}) {
    const bool cr_ends_line = way % 2 == 1;
    const auto kind = way < 2 ? importers::MapKind::postfix : importers::MapKind::sendmail;
    std::string_view text = whole;
    while (!text.empty()) {
      importers::Record record;
      const auto taken = importers::parse_map_record(text, true, kind, cr_ends_line, record);
      if (!taken) break;
      if (taken->bytes == 0 || taken->bytes > text.size()) __builtin_trap();
      if (!record.cells.empty() && (record.cells.size() != 4 || record.cells[1].empty())) __builtin_trap();
      importers::Record part;
      const auto more = importers::parse_map_record(text, false, kind, cr_ends_line, part);
      if (more && more->bytes != 0 && (more->bytes != taken->bytes || part.cells != record.cells))
        __builtin_trap();
      text.remove_prefix(taken->bytes);
    }
  }
  return 0;
}
