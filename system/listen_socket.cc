#include "system/listen_socket.h"

#include <cerrno>
#include <string>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/system_address.h"

namespace signpost::system {

base::Result<ListeningSocket> open_listening(const ListenAddress& address) {
  const std::string what = "cannot listen on " + format_listen(address);
  const SystemAddress system = system_address(address);
  const auto* bytes = reinterpret_cast<const sockaddr*>(&system.bytes);
  FileHandle socket(::socket(system.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return system_failure(what);
  if (address.path.empty()) {
    const int on = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  } else {
    const FileHandle probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(probe.get(), bytes, system.size) == 0) {
      return base::fail(base::ErrorKind::unavailable, what + ": a running process is listening on it");
    }
    if (errno == ECONNREFUSED) ::unlink(address.path.c_str());
  }
  if (::bind(socket.get(), bytes, system.size) != 0) return system_failure(what);
  if (!address.path.empty() && ::chmod(address.path.c_str(), 0666) != 0) return system_failure(what);
  if (::listen(socket.get(), SOMAXCONN) != 0) return system_failure(what);
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  const bool is_tcp = address.path.empty();
  // The port has the same place in both families.
  const std::uint16_t port = is_tcp ? ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port) : 0;
  return ListeningSocket{std::move(socket), bound.ss_family, port};
}

}  // namespace signpost::system
