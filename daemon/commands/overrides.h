// Changing what an operator may set while the daemon runs: one change at a time, durable before it counts.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "daemon/commands/context.h"
#include "daemon/commands/table.h"
#include "policy/limits/overrides.h"

namespace signpost::daemon::commands {

/// Copies the overrides, lets `change` alter the copy, stores it, publishes it. On an error nothing has
/// changed.
base::Result<void> change_overrides(ControlContext& context,
                                    const std::function<void(policy::limits::Overrides&)>& change);

/// When the time of option `for` ends; nullopt without it.
std::optional<base::Wall> end_of(const Request& request, base::Wall now);

/// "2026-…", or "-" for none.
std::string format_until(const std::optional<base::Wall>& until);

}  // namespace signpost::daemon::commands
