// What an operator set while the daemon runs: paused tenants, changed limits. Immutable; a control command
// stores it and publishes a new one. It overrides the configuration until its time ends or it is reset.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "policy/settings.h"

namespace signpost::policy::limits {

struct Pause {
  std::optional<base::Wall> until;
  std::string by;
};
struct LimitOverride {
  std::vector<Rate> rates;
  std::optional<base::Wall> until;
  std::string by;
};

struct Overrides {
  std::map<std::string, Pause, std::less<>> paused;
  std::map<std::string, LimitOverride, std::less<>> limits;
  bool is_paused(std::string_view tenant, base::Wall now) const;
  /// The rates in force for that limit, or nullptr for the configured ones.
  const std::vector<Rate>* rates(std::string_view limit, base::Wall now) const;
};

}  // namespace signpost::policy::limits
