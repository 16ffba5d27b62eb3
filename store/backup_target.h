// Whether a backup may be written to a path that an operator gave.
#pragma once

#include <string>

#include "base/result.h"
#include "store/identity.h"

namespace signpost::store {

/// The rules of store/output_file; a former one is a backup of the store with this identity.
base::Result<void> check_target(const std::string& path, const Identity& identity, bool replace);

}  // namespace signpost::store
