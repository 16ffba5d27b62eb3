// What no single setting can tell: names that must be unique or exist, settings that need or exclude each
// other. Looks at no key file (load_config does).
#pragma once

#include "config/draft.h"
#include "config/reader/diagnostics.h"
#include "config/reader/value.h"
#include "config/shared/tracking.h"
#include "system/files.h"

namespace signpost::config {

/// Adds an error or a warning for every problem. `root` is the tree that the draft was read from.
void check_config(const Draft& draft, const shared::TrackingDraft& tracking, const reader::Value& root,
                  const system::Files& files, reader::Diagnostics& diagnostics);

}  // namespace signpost::config
