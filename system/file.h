// Files that must be on disk when we say so: a descriptor that closes itself, whole writes, atomic
// replacement. Used by the spool and by the kill switch's file; knows neither.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <unistd.h>

#include "base/result.h"

namespace signpost::system {

class FileHandle {
 public:
  explicit FileHandle(int descriptor = -1) : descriptor_(descriptor) {}
  FileHandle(FileHandle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileHandle& operator=(FileHandle&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileHandle() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }
  /// Hands the descriptor over; the handle holds none any more.
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

/// Error `unavailable`: "WHAT: the system's text" for the present errno (`not_found` if there is no such
/// file).
tl::unexpected<base::Error> system_failure(const std::string& what);

/// All of it, or an error (part of it may be written then).
base::Result<void> write_all(const FileHandle& file, std::string_view bytes);

base::Result<FileHandle> open_directory(const std::string& path);

/// Replaces `name` in the directory by a file with these bytes, mode 0644, by way of a file beside it:
/// readers see the old or the new one. On disk when it returns.
base::Result<void> replace_file(const FileHandle& directory, const std::string& name, std::string_view bytes);

/// A regular file's bytes, not followed if it is a link. Errors: `limit` above `max_bytes`, `invalid` for
/// another kind of file.
base::Result<std::string> read_file(const FileHandle& directory, const std::string& name,
                                    std::size_t max_bytes);

}  // namespace signpost::system
