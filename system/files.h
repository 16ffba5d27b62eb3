// Files as the configuration needs them, as a port: the system's own, and an in-memory twin in tests and
// fuzzing. Knows nothing of what files are for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"

namespace signpost::system {

struct FileFacts {
  enum class Kind { regular, directory, link, other };
  Kind kind = Kind::regular;
  mode_t permissions = 0;  ///< the lower twelve bits: sticky, rwx
  uid_t owner = 0;
  gid_t group = 0;
  std::string target;        ///< of a link
  std::int64_t changed = 0;  ///< status change, in nanoseconds since 1970
  std::uint64_t size = 0;    ///< in bytes
  std::uint64_t inode = 0;
};

class Files {
 public:
  virtual ~Files() = default;
  /// A regular file's bytes. Errors: not_found, unavailable (no permission, I/O; the text is the system's),
  /// limit above `max_bytes`.
  virtual base::Result<std::string> read(const std::string& path, std::size_t max_bytes) const = 0;
  /// Without following a link at the end.
  virtual base::Result<FileFacts> inspect(const std::string& path) const = 0;
  /// Names (not paths) in a directory, sorted; empty if there is no such directory.
  virtual base::Result<std::vector<std::string>> list(const std::string& directory) const = 0;
  virtual bool group_exists(const std::string& name) const = 0;
  virtual bool user_exists(const std::string& name) const = 0;
  /// The users who may own key files and the directories above them: root and the daemon's user.
  virtual bool may_own_keys(uid_t owner) const = 0;
  /// Groups that may write to a directory above a key: root's and the daemon's own.
  virtual bool may_hold_keys(gid_t group) const = 0;
};

class SystemFiles final : public Files {
 public:
  base::Result<std::string> read(const std::string& path, std::size_t max_bytes) const override;
  base::Result<FileFacts> inspect(const std::string& path) const override;
  base::Result<std::vector<std::string>> list(const std::string& directory) const override;
  bool group_exists(const std::string& name) const override;
  bool user_exists(const std::string& name) const override;
  bool may_own_keys(uid_t owner) const override;
  bool may_hold_keys(gid_t group) const override;
};

}  // namespace signpost::system
