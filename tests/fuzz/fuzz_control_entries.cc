// Files of an import: the first line may be a header, every other one an entry. What is read is written so
// that it is read to the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/text.h"
#include "daemon/commands/entries.h"
#include "policy/listed_name.h"
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
    auto entry = daemon::commands::parse_entry_line(line, layout, defaults);
    if (!entry || entry->outcome != daemon::commands::EntryOutcome::entry) continue;
    // As the load does before anything is exported.
    const auto place = policy::parse_listed_name(entry->listing.address).and_then([](const auto& name) {
      return store::list::place_of(name.name);
    });
    if (!place) continue;
    policy::Listing* listing = &entry->listing;
    listing->address = place->address;
    auto again = daemon::commands::parse_entry_line(daemon::commands::format_entry_line(*listing),
                                                    daemon::commands::export_layout(), defaults);
    if (!again) __builtin_trap();
    const auto named = policy::parse_listed_name(again->listing.address);
    if (!named) __builtin_trap();
    again->listing.address = store::list::place_of(named->name)->address;
    again->listing.as_given = listing->as_given;
    if (again->listing != *listing) __builtin_trap();
  }
  return 0;
}
