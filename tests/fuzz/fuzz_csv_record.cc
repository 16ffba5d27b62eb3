// Records of foreign files, in every form: what is taken lies within the text, goes on, and is the same however the
// text arrives.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "importers/records.h"

using namespace signpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view whole(reinterpret_cast<const char*>(data), size);
  for (const char separator : {'\0', ',', ';', '\t'}) {
    for (const bool cr_ends_line : {false, true}) {
      std::string_view text = whole;
      const importers::CsvForm form{separator, cr_ends_line};
      while (!text.empty()) {
        importers::Record record;
        const auto taken = importers::parse_csv_record(text, true, form, record);
        if (!taken) break;
        if (taken->bytes == 0 || taken->bytes > text.size()) __builtin_trap();
        importers::Record part;
        const auto cut = importers::parse_csv_record(text.substr(0, taken->bytes), false, form, part);
        const bool ends = text[taken->bytes - 1] == '\n' || (cr_ends_line && text[taken->bytes - 1] == '\r');
        if (cut && cut->bytes != 0 && ends && part.cells != record.cells) __builtin_trap();
        text.remove_prefix(taken->bytes);
      }
    }
  }
  return 0;
}
