// Walks the settings table along a merged Value tree: each setting is read, or its default is; what is no
// setting is reported. Knows no setting by name.
#pragma once

#include <vector>

#include "programs/config_draft.h"
#include "programs/config_value.h"
#include "programs/diagnostics.h"
#include "programs/load_config.h"

namespace signpost::programs {

/// Fills the draft and tells every setting in force. `root` must outlive the draft.
std::vector<EffectiveSetting> read_settings(const Value& root, Draft& draft, Diagnostics& diagnostics);

}  // namespace signpost::programs
