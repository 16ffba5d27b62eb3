// Files of an import: the first line may be a header, every other one an entry. What is read is written so
// that it is read to the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/text.h"
#include "daemon/commands/entries.h"
#include "store/list/place.h"

using namespace signpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  policy::Listing defaults;
  defaults.by = "fuzz";
  daemon::commands::EntryLayout layout;
  bool first = true;
  for (const std::string_view line : base::split(text, '\n')) {
    if (first) {
      first = false;
      const auto header = daemon::commands::parse_entry_header(line);
      if (!header) return 0;
      if (*header) {
        layout = **header;
        continue;
      }
    }
    auto listing = daemon::commands::parse_entry_line(line, layout, defaults);
    if (!listing) continue;
    const auto place =
        store::list::place_of(listing->address);  // as the load does before anything is exported
    if (!place) continue;
    listing->address = place->address;
    auto again = daemon::commands::parse_entry_line(daemon::commands::format_entry_line(*listing),
                                                    daemon::commands::export_layout(), defaults);
    if (!again) __builtin_trap();
    again->as_given = listing->as_given;
    if (*again != *listing) __builtin_trap();
  }
  return 0;
}
