// Files as the offline commands need them: read whole, made without replacing anything, replaced at once or
// not at all.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace signpost::system {

/// The file's bytes, of any kind of file. Errors: not_found, unavailable.
base::Result<std::string> read_whole_file(const std::string& path);

/// A new file of mode 0600, on disk when this returns. Error `invalid` if the path exists already (also as a
/// dangling link), else unavailable.
base::Result<void> write_new_file(const std::string& path, std::string_view bytes);

/// Puts a new file in the place of an old one, with its mode and owner, in one step: who reads sees the old
/// bytes or the new ones.
base::Result<void> replace_file(const std::string& path, std::string_view bytes);

/// A file that may be overwritten, of the mode that the umask leaves.
base::Result<void> write_file(const std::string& path, std::string_view bytes);

}  // namespace signpost::system
