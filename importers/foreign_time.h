// The suppression exports of other services, as one table: by which header line each is known, what its
// columns mean, and which reasons its words stand for. How lines are split is daemon/commands/entries'.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "policy/reason.h"

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
  foreign_reason,  ///< a word of ImportFormat::reasons
  ignored
};

/// One kind of file.
struct ImportFormat {
  std::string_view name;
  /// Headers in small letters and digits only: "Email address", "email_address" and "EmailAddress" are one.
  std::vector<std::pair<std::string_view, EntryColumn>> columns;
  std::vector<std::string_view> needed;  ///< headers that must be there; all others may be missing
  std::vector<std::pair<std::string_view, policy::Reason>> reasons;  ///< words spelled like headers
  std::optional<policy::Reason> reason;  ///< of all its lines, if the command gives none
};

/// The format that has all these columns; the first one that fits. Nullptr if none does.
const ImportFormat* find_import_format(const std::vector<std::string>& headers);
EntryColumn column_of(const ImportFormat& format, std::string_view header);
/// Error `invalid` for a word that the format does not know.
base::Result<policy::Reason> parse_foreign_reason(const ImportFormat& format, std::string_view word);
/// Times as exports spell them: RFC 3339 with any offset and with a blank for the T, RFC 5322 dates, seconds
/// since 1970.
base::Result<base::Wall> parse_foreign_time(std::string_view text);

}  // namespace signpost::daemon::commands
