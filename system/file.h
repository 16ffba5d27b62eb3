// Files: whole reads, whole writes, and atomic, durable replacement. Does not know what files contain. The
// configuration reads through the port system/files.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/types.h>

#include "base/result.h"
#include "system/descriptor.h"

namespace signpost::system {

/// Names a file: by a path, or by its name in an open directory, which must stay open meanwhile.
struct FileName {
  FileName(std::string path) : text(std::move(path)) {}
  FileName(const char* path) : text(path) {}
  FileName(const Descriptor& in, std::string name) : directory(in.get()), text(std::move(name)) {}

  int directory = AT_FDCWD;  ///< what the text is relative to
  std::string text;
};

/// The part before the last slash; "." if there is none.
std::string directory_of(const std::string& path);

base::Result<Descriptor> open_directory(const std::string& path);

/// Names in an open directory, without "." and "..", in no order; at most `max` entries are looked at.
base::Result<std::vector<std::string>> list_directory(const Descriptor& directory, std::size_t max);

/// All of it, or an error; `written` then tells how much was written, if it is given.
base::Result<void> write_all(int file, std::string_view bytes, std::size_t* written = nullptr);
/// The same at a place of the file. For regular files.
base::Result<void> write_at(int file, std::uint64_t offset, std::string_view bytes);
/// Up to `size` bytes into `buffer`; fewer only at the end of the file. Returns how many.
base::Result<std::size_t> read_at(int file, std::uint64_t offset, char* buffer, std::size_t size);

struct ReadOptions {
  std::size_t max_bytes = std::numeric_limits<std::size_t>::max();
  /// Refuses devices, pipes and sockets, and never waits for them. The bytes are read into one buffer that never
  /// moves, so that a secret has no second copy.
  bool regular_only = false;
  bool follow_link = true;  ///< a link at the name's end
};
/// The file's bytes. Errors: not_found; limit above `max_bytes`; invalid for another kind of file; unavailable.
base::Result<std::string> read_file(const FileName& file, const ReadOptions& options = {});

/// All that comes from an open descriptor, such as standard input, which this process may not be allowed to open by name. Errors:
/// limit above `max_bytes`; unavailable.
base::Result<std::string> read_stream(int file, std::size_t max_bytes);

/// Writes into the open file that it is given.
using Fill = std::function<base::Result<void>(int file)>;
/// The usual one. `bytes` must outlive it.
Fill fill_with(std::string_view bytes);

struct ReplaceOptions {
  mode_t mode = 0600;  ///< minus the umask
  /// The former file's owner, group and mode instead of `mode`; there must be one.
  bool keep_owner = false;
};
/// Replaces the file with what `fill` writes, atomically: readers see either the former file or the new one. The
/// file and its name are on disk when it returns. After an error the former file is unchanged, except for an error
/// of syncing the directory (its text says so): then the new file is there, but a power failure may undo that.
/// Nothing else is left behind.
base::Result<void> replace_file(const FileName& file, const Fill& fill, const ReplaceOptions& options = {});

/// A new file of mode 0600, on disk when it returns. Error `invalid` if the name exists already, also as a
/// dangling link; else not_found, unavailable. After an error there is no such file.
base::Result<void> write_new_file(const FileName& file, std::string_view bytes);

/// Renames the file within its directory and replaces a file of the new name; on disk when it returns.
base::Result<void> rename_file(const FileName& from, const FileName& to);

/// Syncs a directory, so that its names survive a power failure.
base::Result<void> sync_directory(const std::string& path);

}  // namespace signpost::system
