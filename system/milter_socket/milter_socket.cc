#include "system/milter_socket/milter_socket.h"

#include <cerrno>
#include <cstdio>
#include <string_view>

#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/errors.h"
#include "system/file.h"
#include "system/system_address.h"
#include "system/unix_listener.h"

namespace signpost::system {
namespace {

constexpr int kSegment = 8192;  ///< bytes; larger ones cost Postfix CPU, smaller ones cost the kernel

/// The TCP socket of this process that listens on `port`; -1 if there is none among the first descriptors, where what is
/// opened at start is.
int find_tcp_listener(std::uint16_t port) {
  for (int descriptor = 0; descriptor < 1024; ++descriptor) {
    int listens = 0;
    socklen_t size = sizeof listens;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) continue;
    sockaddr_storage own{};
    size = sizeof own;
    if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&own), &size) != 0) continue;
    const bool six = own.ss_family == AF_INET6;
    if (!six && own.ss_family != AF_INET) continue;
    const in_port_t its = six ? reinterpret_cast<const sockaddr_in6&>(own).sin6_port
                              : reinterpret_cast<const sockaddr_in&>(own).sin_port;
    if (ntohs(its) == port) return descriptor;
  }
  return -1;
}

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

base::Result<void> quicken_milter_socket(const SocketAddress& address) {
  if (address.kind == SocketAddress::Kind::unix_path) return {};
  const int listener = find_tcp_listener(address.port);  // what it accepts inherits its options
  const int on = 1;
  if (listener < 0 || setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
      setsockopt(listener, IPPROTO_TCP, TCP_MAXSEG, &kSegment, sizeof kSegment) != 0)
    return base::fail(base::ErrorKind::unavailable,
                      "the options of " + address.format() + " cannot be set: mail over it is slow");
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
