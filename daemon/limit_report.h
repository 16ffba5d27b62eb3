// What `status` says of limits that cannot count what they are meant to (docs/limits.md). Reads counters and settings only.
#pragma once

#include <string>
#include <vector>

#include "milter/services.h"
#include "policy/settings.h"

namespace signpost::daemon {

/// What is wrong, since the start; each names its limit. Certain only, so it speaks after mail has shown it. Thread-safe.
std::vector<std::string> limit_problems(const milter::Counters& counters, const policy::Settings& settings);
/// What need not be wrong. Thread-safe.
std::vector<std::string> limit_hints(const milter::Counters& counters, const policy::Settings& settings);

}  // namespace signpost::daemon
