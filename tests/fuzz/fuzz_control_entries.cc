// Files of an import: the first line may be a header, every other one an entry. What is read is written so
// that it is read to the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/text.h"
#include "programs/control_entries.h"
#include "store/place.h"

using namespace signpost;
using namespace signpost::programs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  policy::Listing defaults;
  defaults.by = "fuzz";
  EntryLayout layout;
  bool first = true;
  for (const std::string_view line : base::split(text, '\n')) {
    if (first) {
      first = false;
      const auto header = parse_entry_header(line);
      if (!header) return 0;
      if (*header) {
        layout = **header;
        continue;
      }
    }
    auto listing = parse_entry_line(line, layout, defaults);
    if (!listing) continue;
    const auto place = store::place_of(listing->address);  // as the load does before anything is exported
    if (!place) continue;
    listing->address = place->address;
    auto again = parse_entry_line(format_entry_line(*listing), export_layout(), defaults);
    if (!again) __builtin_trap();
    again->as_given = listing->as_given;
    if (*again != *listing) __builtin_trap();
  }
  return 0;
}
