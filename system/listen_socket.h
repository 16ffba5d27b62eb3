// The sockets on which the web program listens, TCP and unix. system/http_server accepts the connections.
#pragma once

#include <cstdint>
#include <optional>

#include <sys/socket.h>

#include "base/result.h"
#include "system/descriptor.h"
#include "system/listen_address.h"
#include "system/unix_listener.h"

namespace signpost::system {

struct ListeningSocket {
  Descriptor handle;
  std::optional<UnixListener> file;  ///< of a unix socket: removes its file at its end
  sa_family_t family = AF_UNSPEC;
  std::uint16_t port = 0;  ///< of TCP: the one that the system chose if the address has none
};

/// Errors name the address. A unix socket's mode is 0666.
base::Result<ListeningSocket> open_listening(const ListenAddress& address);

}  // namespace signpost::system
