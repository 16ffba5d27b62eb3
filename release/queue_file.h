// What lies in a queue, looked at by path: one file, and for -t what must be there. Needs the right to search directories of other
// users.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <sys/types.h>

#include "base/result.h"
#include "release/sight.h"

namespace signpost::release {

struct QueueFile {
  FileMark mark;
  mode_t mode = 0;
  std::int64_t changed = 0;  ///< ctime in nanoseconds
};

/// Nullopt if there is no regular file of that name; links are not followed. Error `unavailable` if that cannot be known.
base::Result<std::optional<QueueFile>> look_at_file(const std::string& path);

/// Error if it is not a directory in which files can be found.
base::Result<void> check_directory(const std::string& path);
/// Error if it cannot be executed.
base::Result<void> check_program(const std::string& path);

}  // namespace signpost::release
