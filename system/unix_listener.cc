#include "system/unix_listener.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "system/errors.h"
#include "system/system_address.h"

namespace signpost::system {
namespace {

Descriptor make_socket(int type) {
  return Descriptor(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
}

/// 0, or the errno of what failed.
int connect_to(const SystemAddress& address, const Descriptor& socket) {
  if (!socket.is_open() || ::connect(socket.get(), address.get(), address.size) != 0) return errno;
  return 0;
}

struct AclEntry {
  std::uint16_t tag;
  std::uint32_t id;
};

/// An ACL in the kernel's form, with its entries in the required order: everyone named may read and write,
/// others nothing.
std::string format_acl(std::vector<gid_t> groups) {
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  const auto none = static_cast<std::uint32_t>(ACL_UNDEFINED_ID);
  std::vector<AclEntry> entries = {{ACL_USER_OBJ, none}, {ACL_GROUP_OBJ, none}};
  for (const gid_t group : groups) entries.push_back({ACL_GROUP, group});
  entries.push_back({ACL_MASK, none});
  entries.push_back({ACL_OTHER, none});

  const posix_acl_xattr_header header = {htole32(POSIX_ACL_XATTR_VERSION)};
  std::string acl(reinterpret_cast<const char*>(&header), sizeof header);
  for (const AclEntry& entry : entries) {
    const int permission = entry.tag == ACL_OTHER ? 0 : ACL_READ | ACL_WRITE;
    const posix_acl_xattr_entry raw = {htole16(entry.tag), htole16(static_cast<std::uint16_t>(permission)),
                                       htole32(entry.id)};
    acl.append(reinterpret_cast<const char*>(&raw), sizeof raw);
  }
  return acl;
}

}  // namespace

base::Result<void> remove_stale_socket(const std::string& path, int type) {
  const auto address = unix_address(path);
  if (!address) return tl::unexpected(address.error());
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) {
    if (errno == ENOENT) return {};
    return system_failure("cannot inspect '" + path + "'");
  }
  if (!S_ISSOCK(facts.st_mode))
    return base::invalid("'" + path + "' exists and is not a socket; remove it or name another path");
  const int error = connect_to(*address, make_socket(type));
  if (error == 0) {
    return base::fail(base::ErrorKind::unavailable, "'" + path + "' is served by a running process");
  }
  if (error != ECONNREFUSED) return system_failure("cannot find out whether '" + path + "' is in use", error);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return system_failure("cannot remove the stale socket '" + path + "'");
  return {};
}

UnixListener::UnixListener(std::string path, Descriptor descriptor, dev_t device, ino_t inode)
    : path_(std::move(path)), descriptor_(std::move(descriptor)), device_(device), inode_(inode) {}

UnixListener::UnixListener(UnixListener&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      descriptor_(std::move(other.descriptor_)),
      device_(other.device_),
      inode_(other.inode_) {}

UnixListener::~UnixListener() {
  struct stat facts {};
  if (path_.empty() || ::lstat(path_.c_str(), &facts) != 0) return;
  if (facts.st_dev == device_ && facts.st_ino == inode_) ::unlink(path_.c_str());
}

base::Result<UnixListener> UnixListener::open(const std::string& path, const Options& options) {
  const auto address = unix_address(path);
  if (!address) return tl::unexpected(address.error());
  if (auto removed = remove_stale_socket(path, options.type); !removed)
    return tl::unexpected(removed.error());

  Descriptor socket = make_socket(options.type | SOCK_NONBLOCK);
  // The file gets the socket's mode, so nobody can connect before chmod undoes the umask.
  if (!socket.is_open() || ::fchmod(socket.get(), options.mode) != 0)
    return system_failure("cannot make a socket for '" + path + "'");
  if (::bind(socket.get(), address->get(), address->size) != 0)
    return system_failure("cannot bind to '" + path + "'");
  struct stat facts {};
  if (::chmod(path.c_str(), options.mode) != 0 || ::lstat(path.c_str(), &facts) != 0)
    return system_failure("cannot set the mode of '" + path + "'");
  UnixListener listener(path, std::move(socket), facts.st_dev, facts.st_ino);
  if (options.type == SOCK_STREAM && ::listen(listener.descriptor(), SOMAXCONN) != 0)
    return system_failure("cannot listen on '" + path + "'");
  return listener;
}

base::Result<void> UnixListener::admit_groups(const std::vector<gid_t>& groups) const {
  if (groups.empty()) return {};
  const std::string acl = format_acl(groups);
  if (::setxattr(path_.c_str(), "system.posix_acl_access", acl.data(), acl.size(), 0) == 0) return {};
  return system_failure("cannot let the control groups use '" + path_ + "'");
}

base::Result<Descriptor> connect_unix(const std::string& path) {
  const auto address = unix_address(path);
  if (!address) return tl::unexpected(address.error());
  Descriptor socket = make_socket(SOCK_STREAM);
  const int error = connect_to(*address, socket);
  if (error == 0) return socket;
  return system_failure("cannot connect to '" + path + "'", error);
}

}  // namespace signpost::system
