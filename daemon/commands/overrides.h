// Changes what an operator may set while the daemon runs: one change at a time, on disk before it takes effect.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "daemon/commands/context.h"
#include "daemon/commands/fields.h"
#include "daemon/commands/request.h"
#include "policy/limits/overrides.h"

namespace signpost::daemon::commands {

/// Thread-safe. The arguments of its constructor must outlive it.
class OverrideEditor {
 public:
  OverrideEditor(milter::OverridesHolder& published, DaemonPort& daemon)
      : published_(published), daemon_(daemon) {}

  /// Copies the overrides, lets `change` alter the copy, stores it, publishes it. On an error nothing has changed.
  base::Result<void> change(const std::function<void(policy::limits::Overrides&)>& change);

 private:
  milter::OverridesHolder& published_;
  DaemonPort& daemon_;
  /// Held across I/O: one change at a time, from reading the old ones until the new ones are published. No mail
  /// waits for it.
  base::Mutex one_at_a_time_;
};

/// When the time of option `for` ends; nullopt without it.
std::optional<base::Wall> end_of(const Request& request, base::Wall now);

/// "20k/h,100k/d"; none for no limit.
Value rate_value(const std::vector<policy::Rate>& rates);

/// "2026-…"; nullopt for none.
std::optional<std::string> format_until(const std::optional<base::Wall>& until);

}  // namespace signpost::daemon::commands
