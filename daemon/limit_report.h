// What `status` says of limits that cannot count what they are meant to (docs/limits.md). Reads counts and settings only.
#pragma once

#include <string>
#include <vector>

#include "milter/services.h"
#include "policy/limits/limiter.h"
#include "policy/settings.h"

namespace signpost::daemon {

/// What is wrong, since the start; each names its limit. Certain only, so it speaks after mail has shown it. Thread-safe.
std::vector<std::string> limit_problems(const milter::Counters& counters, const policy::Settings& settings);
/// Limits with as many keys as max_keys lets have a count of their own, and how to mend that. Thread-safe.
std::vector<std::string> key_problems(const std::vector<policy::limits::KeyCount>& counts,
                                      const policy::Settings& settings);
/// Those with nearly as many, while there is time.
std::vector<std::string> key_hints(const std::vector<policy::limits::KeyCount>& counts,
                                   const policy::Settings& settings);
/// What need not be wrong. Thread-safe.
std::vector<std::string> limit_hints(const milter::Counters& counters, const policy::Settings& settings);

}  // namespace signpost::daemon
