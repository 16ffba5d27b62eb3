#include "system/milter_socket.h"

#include <cerrno>
#include <cstdio>
#include <string_view>

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/errors.h"
#include "system/file.h"
#include "system/system_address.h"
#include "system/unix_listener.h"

namespace signpost::system {
namespace {

std::string octal(mode_t mode) {
  char text[16];
  (void)std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode));
  return text;
}

}  // namespace

base::Result<void> clear_milter_socket(const SocketAddress& address) {
  if (address.kind != SocketAddress::Kind::unix_path) return {};
  struct stat facts {};
  const std::string directory = directory_of(address.path);
  if (lstat(directory.c_str(), &facts) != 0) {
    return base::invalid(
        "the directory of milter.socket does not exist; create it with: install -d -m 2750 -o signpost -g "
        "postfix " +
        directory);
  }
  auto removed = remove_stale_socket(address.path);
  if (!removed) return tl::unexpected(base::in_context("milter.socket", removed.error()));
  return {};
}

base::Result<void> open_milter_socket_to(const SocketAddress& address, mode_t mode,
                                         const std::string& group) {
  if (address.kind != SocketAddress::Kind::unix_path) return {};
  if (!group.empty()) {
    const struct group* entry = getgrnam(group.c_str());
    if (!entry) return base::invalid("milter.socket_group \"" + group + "\" does not exist");
    if (chown(address.path.c_str(), static_cast<uid_t>(-1), entry->gr_gid) != 0) {
      base::Error failed = system_error("cannot give " + address.path + " to group " + group, errno);
      failed.text += "; the daemon's user must be a member: usermod -a -G " + group + " signpost";
      return tl::unexpected(std::move(failed));
    }
  }
  if (chmod(address.path.c_str(), mode) != 0) {
    return system_failure("cannot set mode " + octal(mode) + " on " + address.path);
  }
  return {};
}

base::Result<Descriptor> knock_on_milter_socket(const SocketAddress& address) {
  const std::string host = address.host != "localhost"                  ? address.host
                           : address.kind == SocketAddress::Kind::inet6 ? "::1"
                                                                        : "127.0.0.1";
  const SystemAddress peer = system_address({address.path, host, address.port});
  Descriptor socket(::socket(peer.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open() || ::connect(socket.get(), peer.get(), peer.size) != 0)
    return system_failure("connecting to " + address.format());
  // The negotiation (version 6, all actions, all that a filter may skip or leave unanswered) and a connection of an
  // unknown family, as libmilter's mfdef.h has them.
  static constexpr char kHello[] =
      "\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff"
      "\0\0\0\x0c"
      "Csignpostd\0U";
  const std::string_view hello(kHello, sizeof kHello - 1);
  if (::send(socket.get(), hello.data(), hello.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(hello.size()))
    return system_failure("sending the greeting");
  return socket;
}

}  // namespace signpost::system
