#include "system/listen_socket.h"

#include <string>
#include <utility>

#include <netinet/in.h>

#include "system/errors.h"
#include "system/system_address.h"

namespace signpost::system {
namespace {

constexpr mode_t kSocketMode = 0666;  // the directory decides who may use it

base::Result<ListeningSocket> listen_unix(const std::string& path) {
  auto listener = UnixListener::open(path, {kSocketMode, SOCK_STREAM});
  if (!listener) return tl::unexpected(listener.error());
  Descriptor socket(listener->release_descriptor());
  return ListeningSocket{std::move(socket), std::move(*listener), AF_UNIX, 0};
}

base::Result<ListeningSocket> listen_tcp(const ListenAddress& address, const std::string& what) {
  const SystemAddress system = system_address(address);
  Descriptor socket(::socket(system.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return system_failure(what);
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.get(), system.get(), system.size) != 0 || ::listen(socket.get(), SOMAXCONN) != 0)
    return system_failure(what);
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  // The port has the same place in both families.
  const std::uint16_t port = ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
  return ListeningSocket{std::move(socket), std::nullopt, bound.ss_family, port};
}

}  // namespace

base::Result<ListeningSocket> open_listening(const ListenAddress& address) {
  const std::string what = "cannot listen on " + format_listen(address);
  if (address.path.empty()) return listen_tcp(address, what);
  auto opened = listen_unix(address.path);
  if (!opened) return tl::unexpected(base::in_context(what, opened.error()));
  return opened;
}

}  // namespace signpost::system
