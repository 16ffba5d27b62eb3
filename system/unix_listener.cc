#include "system/unix_listener.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace signpost::system {
namespace {

constexpr mode_t kSocketMode = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP;

base::Result<void> system_failure(const std::string& what, int error) {
  return base::fail(base::ErrorKind::unavailable, what + ": " + std::strerror(error));
}

base::Result<sockaddr_un> make_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return base::invalid("socket path '" + path + "' is empty or longer than " +
                         std::to_string(sizeof address.sun_path - 1) + " bytes");
  }
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

Descriptor make_socket() {
  return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

int connect_to(const Descriptor& socket, const sockaddr_un& address) {
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0
                                                                                                   : errno;
}

/// Makes way for bind: removes a socket that nobody serves.
base::Result<void> remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) {
    return errno == ENOENT ? base::Result<void>{} : system_failure("cannot inspect '" + path + "'", errno);
  }
  if (!S_ISSOCK(facts.st_mode)) {
    return base::fail(base::ErrorKind::unavailable,
                      "'" + path + "' exists and is not a socket; remove it or name another path");
  }
  const int error = connect_to(make_socket(), address);
  if (error == 0) {
    return base::fail(base::ErrorKind::unavailable, "'" + path + "' is served by a running process");
  }
  if (error != ECONNREFUSED) return system_failure("cannot tell whether '" + path + "' is in use", error);
  if (::unlink(path.c_str()) != 0)
    return system_failure("cannot remove the stale socket '" + path + "'", errno);
  return {};
}

struct AclEntry {
  std::uint16_t tag;
  std::uint32_t id;
};

/// An ACL in the kernel's form, its entries in the order that it demands: everybody named may read and write,
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

Descriptor::Descriptor(Descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Descriptor::~Descriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

ControlListener::ControlListener(std::string path, Descriptor descriptor, ino_t inode)
    : path_(std::move(path)), descriptor_(std::move(descriptor)), inode_(inode) {}

ControlListener::~ControlListener() {
  struct stat facts {};
  const bool moved_away = descriptor_.get() < 0;
  if (!moved_away && ::lstat(path_.c_str(), &facts) == 0 && facts.st_ino == inode_) ::unlink(path_.c_str());
}

base::Result<ControlListener> ControlListener::open(const std::string& path) {
  const auto address = make_address(path);
  if (!address) return tl::unexpected(address.error());
  if (auto removed = remove_stale(path, *address); !removed) return tl::unexpected(removed.error());

  Descriptor socket = make_socket();
  const auto failed = [&path](const char* what) {
    return tl::unexpected(system_failure("cannot " + std::string(what) + " '" + path + "'", errno).error());
  };
  // The file gets the socket's mode, so nobody can connect before chmod undoes the umask.
  if (socket.get() < 0 || ::fchmod(socket.get(), kSocketMode) != 0) return failed("make a socket for");
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
    return failed("bind to");
  struct stat facts {};
  if (::chmod(path.c_str(), kSocketMode) != 0 || ::lstat(path.c_str(), &facts) != 0)
    return failed("set the mode of");
  if (::listen(socket.get(), SOMAXCONN) != 0) return failed("listen on");
  return ControlListener(path, std::move(socket), facts.st_ino);
}

base::Result<void> ControlListener::admit_groups(const std::vector<gid_t>& groups) const {
  if (groups.empty()) return {};
  const std::string acl = format_acl(groups);
  if (::setxattr(path_.c_str(), "system.posix_acl_access", acl.data(), acl.size(), 0) == 0) return {};
  return system_failure("cannot let the control groups use '" + path_ + "'", errno);
}

base::Result<Descriptor> connect_unix(const std::string& path) {
  const auto address = make_address(path);
  if (!address) return tl::unexpected(address.error());
  Descriptor socket = make_socket();
  const int error = socket.get() < 0 ? errno : connect_to(socket, *address);
  if (error == 0) return socket;
  return base::fail(error == ENOENT ? base::ErrorKind::not_found : base::ErrorKind::unavailable,
                    "cannot connect to '" + path + "': " + std::strerror(error));
}

}  // namespace signpost::system
