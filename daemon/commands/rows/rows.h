// The rows of the command table, a family each; table.cc puts them together.
#pragma once

#include <string_view>
#include <vector>

#include "daemon/commands/table.h"

namespace signpost::daemon::commands {

/// suppress …, subject …, hash, backup
std::vector<Command> list_rows();
/// limit …, link …, report …
std::vector<Command> traffic_rows();
/// held …
std::vector<Command> held_rows();
/// explain …, dkim …, tenant …
std::vector<Command> tenant_rows();
/// stats, status, reload, help …
std::vector<Command> daemon_rows();

inline Argument option(std::string_view key, ValueKind kind, std::string_view shown) {
  return {key, kind, shown, false};
}
inline const Argument kReasonOption = option("reason", ValueKind::reason, "R");
inline const Argument kTenantOption = option("tenant", ValueKind::tenant, "T");
inline const Argument kStreamOption = option("stream", ValueKind::name, "S");

}  // namespace signpost::daemon::commands
