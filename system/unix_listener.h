// The socket file of the control server: made, opened to the two groups, and removed again. Knows nothing of
// what is spoken.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"

namespace signpost::system {

/// Owns a descriptor.
class Descriptor {
 public:
  explicit Descriptor(int descriptor = -1) : descriptor_(descriptor) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

/// A listening unix stream socket. Its destruction removes the socket file if it is still ours.
class ControlListener {
 public:
  /// Mode 0660. A socket file that nobody listens on any more is replaced; one that is served is an error,
  /// and so is a file of another kind. The path has at most 107 bytes.
  static base::Result<ControlListener> open(const std::string& path);
  ControlListener(ControlListener&&) noexcept = default;
  ControlListener& operator=(ControlListener&&) noexcept = default;
  ~ControlListener();

  /// Lets members of these groups connect, by ACL entries, so that neither has to own the file. Error
  /// `unavailable` where the file system has no ACLs; then only the file's own group can connect.
  base::Result<void> admit_groups(const std::vector<gid_t>& groups) const;
  int descriptor() const { return descriptor_.get(); }

 private:
  ControlListener(std::string path, Descriptor descriptor, ino_t inode);
  std::string path_;
  Descriptor descriptor_;
  ino_t inode_ = 0;
};

/// Connects to a unix stream socket. Errors: not_found if there is none, unavailable if nobody listens or it
/// may not be used.
base::Result<Descriptor> connect_unix(const std::string& path);

}  // namespace signpost::system
