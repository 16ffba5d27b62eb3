// Changing what an operator may set while the daemon runs: one change at a time, durable before it counts.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "policy/overrides.h"
#include "programs/control_context.h"
#include "programs/control_table.h"

namespace signpost::programs {

/// Copies the overrides, lets `change` alter the copy, stores it, publishes it. On an error nothing has
/// changed.
base::Result<void> change_overrides(ControlContext& context,
                                    const std::function<void(policy::Overrides&)>& change);

/// When the time of option `for` ends; nullopt without it.
std::optional<base::Wall> end_of(const Request& request, base::Wall now);

/// "2026-…", or "-" for none.
std::string format_until(const std::optional<base::Wall>& until);

}  // namespace signpost::programs
