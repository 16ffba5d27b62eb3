// Unix sockets: the file of one that we listen on (made, opened to others, removed again), and connecting to
// one. Knows nothing about the protocol.
#pragma once

#include <string>
#include <vector>

#include <sys/socket.h>
#include <sys/types.h>

#include "base/result.h"
#include "system/descriptor.h"

namespace signpost::system {

/// A unix socket that others can reach: of streams it listens, of datagrams it receives. Its destructor
/// removes the socket file if it is still ours.
class UnixListener {
 public:
  struct Options {
    mode_t mode = 0660;      ///< exactly this, whatever the umask
    int type = SOCK_STREAM;  ///< or SOCK_DGRAM
  };
  /// Does not block (O_NONBLOCK). A socket file on which no process listens any more is replaced; one that is served
  /// is an error, and so is a file of another kind. The path has at most kMaxUnixPath bytes.
  static base::Result<UnixListener> open(const std::string& path, const Options& options);
  UnixListener(UnixListener&& other) noexcept;
  UnixListener& operator=(UnixListener&&) = delete;
  ~UnixListener();

  /// Lets members of these groups connect, by ACL entries, so that neither has to own the file. Error
  /// `unavailable` where the file system has no ACLs; then only the file's own group can connect.
  base::Result<void> admit_groups(const std::vector<gid_t>& groups) const;
  int descriptor() const { return descriptor_.get(); }
  /// Hands the socket over to the caller, who closes it; this object still owns the file.
  int release_descriptor() { return descriptor_.release(); }

 private:
  UnixListener(std::string path, Descriptor descriptor, dev_t device, ino_t inode);
  std::string path_;  ///< empty: moved away
  Descriptor descriptor_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// Removes a socket file that no process serves, so that the name can be bound. Errors: `unavailable` if a process
/// serves it or that is not known, `invalid` for a file of another kind.
base::Result<void> remove_stale_socket(const std::string& path, int type = SOCK_STREAM);

/// Connects to a unix stream socket. Errors: not_found if there is none, unavailable if no process listens or it
/// may not be used.
base::Result<Descriptor> connect_unix(const std::string& path);

}  // namespace signpost::system
