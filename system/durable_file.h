// Files as the store makes them: replaced at once and durably, mode 0600. Knows POSIX; the caller
// writes the content.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"

namespace signpost::system {

/// Makes `path` hold what `fill` writes into the file it is given: under a temporary name beside it, synced,
/// then renamed. After an error the former file, if any, is untouched and the temporary one is gone.
base::Result<void> replace_file(const std::string& path,
                                const std::function<base::Result<void>(int file)>& fill);

base::Result<void> write_all(int file, std::string_view bytes);
/// Error not_found if there is no such file.
base::Result<std::string> read_file(const std::string& path);
/// Makes the names in a directory durable.
base::Result<void> sync_directory(const std::string& path);

/// "doing PATH: reason of errno", kind unavailable.
base::Error system_error(const std::string& doing, int code);

}  // namespace signpost::system
