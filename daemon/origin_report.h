// What `status` says of mail whose origin somebody should look at, with the cure (docs/tenants.md). Reads counters only.
#pragma once

#include <string>
#include <vector>

#include "milter/services.h"

namespace signpost::daemon {

/// What is wrong, since the start. Thread-safe.
std::vector<std::string> origin_problems(const milter::Counters& counters);
/// What need not be wrong. Thread-safe.
std::vector<std::string> origin_hints(const milter::Counters& counters);

}  // namespace signpost::daemon
