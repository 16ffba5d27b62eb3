// The sockets on which the web program listens, TCP and unix. system/http_server accepts the connections.
#pragma once

#include <cstdint>

#include <sys/socket.h>

#include "base/result.h"
#include "system/file.h"
#include "system/listen_address.h"

namespace signpost::system {

struct ListeningSocket {
  FileHandle handle;
  sa_family_t family = AF_UNSPEC;
  std::uint16_t port = 0;  ///< of TCP: the one that the system chose if the address has none
};

/// Errors name the address. A unix socket that nobody serves any more is replaced; its mode is 0666.
base::Result<ListeningSocket> open_listening(const ListenAddress& address);

}  // namespace signpost::system
