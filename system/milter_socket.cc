#include "system/milter_socket.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace signpost::system {
namespace {

std::string octal(mode_t mode) {
  char text[16];
  (void)std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode));
  return text;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

base::Result<void> clear_milter_socket(const SocketAddress& address) {
  if (address.kind != SocketAddress::Kind::unix_path) return {};
  struct stat facts {};
  if (lstat(address.path.c_str(), &facts) != 0) {
    if (lstat(parent_of(address.path).c_str(), &facts) == 0) return {};
    return base::invalid(
        "the directory of milter.socket does not exist; create it with: install -d -m 2750 -o signpost -g "
        "postfix " +
        parent_of(address.path));
  }
  if (!S_ISSOCK(facts.st_mode))
    return base::invalid(address.path + " exists and is not a socket; move it away or change milter.socket");
  if (connect_unix(address.path)) {
    return base::fail(base::ErrorKind::unavailable,
                      "another process is listening on " + address.path + "; stop it first");
  }
  if (unlink(address.path.c_str()) != 0 && errno != ENOENT) {
    return base::fail(base::ErrorKind::unavailable,
                      "cannot remove the stale socket " + address.path + ": " + std::strerror(errno));
  }
  return {};
}

base::Result<void> open_milter_socket_to(const SocketAddress& address, mode_t mode,
                                         const std::string& group) {
  if (address.kind != SocketAddress::Kind::unix_path) return {};
  if (!group.empty()) {
    const struct group* entry = getgrnam(group.c_str());
    if (!entry) return base::invalid("milter.socket_group \"" + group + "\" does not exist");
    if (chown(address.path.c_str(), static_cast<uid_t>(-1), entry->gr_gid) != 0) {
      return base::fail(base::ErrorKind::unavailable,
                        "cannot give " + address.path + " to group " + group + ": " + std::strerror(errno) +
                            "; the daemon's user must be a member: usermod -a -G " + group + " signpost");
    }
  }
  if (chmod(address.path.c_str(), mode) != 0) {
    return base::fail(base::ErrorKind::unavailable,
                      "cannot set mode " + octal(mode) + " on " + address.path + ": " + std::strerror(errno));
  }
  return {};
}

base::Result<Descriptor> knock_on_milter_socket(const SocketAddress& address) {
  if (address.kind != SocketAddress::Kind::unix_path)
    return base::fail(base::ErrorKind::unavailable, "not a unix socket");
  auto socket = connect_unix(address.path);
  if (!socket) return socket;
  // The negotiation (version 6, all actions, nothing skipped) and a connection of an unknown family, as
  // libmilter's mfdef.h has them.
  static constexpr char kHello[] =
      "\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\0\0\0"
      "\0\0\0\x0c"
      "Csignpostd\0U";
  const std::string_view hello(kHello, sizeof kHello - 1);
  if (::send(socket->get(), hello.data(), hello.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(hello.size()))
    return base::fail(base::ErrorKind::unavailable, std::strerror(errno));
  return socket;
}

}  // namespace signpost::system
