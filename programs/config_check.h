// What no single setting can tell: names that must be unique or exist, settings that need or exclude each
// other. Looks at no key file (load_config does).
#pragma once

#include "programs/config_draft.h"
#include "programs/config_value.h"
#include "programs/diagnostics.h"
#include "programs/files.h"

namespace signpost::programs {

/// Adds an error or a warning for every problem. `root` is the tree that the draft was read from.
void check_config(const Draft& draft, const Value& root, const Files& files, Diagnostics& diagnostics);

}  // namespace signpost::programs
