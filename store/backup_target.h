// Whether a backup may be written to a path that an operator gave.
#pragma once

#include <string>

#include "base/result.h"
#include "store/identity.h"

namespace signpost::store {

/// Error `invalid`, with what to do, if the path is inside `directory`, if there is something that is not a regular file, or
/// if there is a regular file that is not a backup of the store with this identity and `replace` is not set. Links are not
/// followed at the name's end, and are followed before.
base::Result<void> check_target(const std::string& path, const std::string& directory,
                                const Identity& identity, bool replace);

}  // namespace signpost::store
