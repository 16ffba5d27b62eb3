// One value of a file that is not open, read without LMDB: of a file that may be anything.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace signpost::store::lmdb {

/// The value of a key that fits into its page, in the newest state of the file. Nullopt if there is no such table or key.
/// Reads some pages, whatever the file's size. Errors: corrupt (not a file of LMDB, or damaged on the way), unavailable.
base::Result<std::optional<std::string>> look_up(int file, std::string_view table, std::string_view key);

}  // namespace signpost::store::lmdb
