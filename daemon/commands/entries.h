// Listings as lines of a file: what `suppress import` reads and `suppress export` writes. Knows no connection
// and no store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/suppression.h"

namespace signpost::daemon::commands {

enum class EntryColumn {
  address,
  reason,
  tenant,
  stream,
  created,
  expires,
  note,
  subdomains,
  // What a program that reads other files adds (importers/import_file):
  line,    ///< which line or object of the file it was
  scope,   ///< "everywhere" or "own": the tenant of the import
  outcome  ///< "ignored", "expired" or "bad": it is not an entry, and only counts; a bad one's note says why
};

/// How lines are to be read: which columns, separated by what. As made, a line is one address and nothing else.
struct EntryLayout {
  char separator = '\0';
  std::vector<EntryColumn> columns = {EntryColumn::address};
  bool operator==(const EntryLayout&) const = default;
};

/// For whose mail an entry without a tenant holds.
enum class EntryScope { by_reason, everywhere, own };
enum class EntryOutcome { entry, ignored, expired, bad };

/// One line.
struct EntryLine {
  policy::Listing listing;  ///< its address as the line spells it; of what is no entry only the note
  EntryScope scope = EntryScope::by_reason;
  EntryOutcome outcome = EntryOutcome::entry;
  std::uint64_t line = 0;        ///< 0: the line does not say
  bool says_subdomains = false;  ///< yes or no, not nothing
};

/// The layout that a header line names; nullopt if the line is not a header (none of its fields is "address" or what
/// others call it). Error `invalid` for a column that is not known or named twice.
base::Result<std::optional<EntryLayout>> parse_entry_header(std::string_view line);

/// One entry, its address as the line spells it: the load checks it and brings it to its canonical spelling.
/// `defaults` gives what the line does not say: reason, tenant, stream, since, by. With commas a
/// field may stand in double quotes, doubled inside (RFC 4180 §2); with tabs quotes are plain characters.
base::Result<EntryLine> parse_entry_line(std::string_view line, const EntryLayout& layout,
                                         const policy::Listing& defaults);

/// The header line of an export, and its layout.
std::string format_entry_header();
EntryLayout export_layout();
/// The entry in that layout. Control bytes of the note become blanks.
std::string format_entry_line(const policy::Listing& listing);

}  // namespace signpost::daemon::commands
