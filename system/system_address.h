// An address of the configuration as the system calls want it. Who listens or connects there is others'
// matter.
#pragma once

#include <sys/socket.h>

#include "system/listen_address.h"

namespace signpost::system {

struct SystemAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

/// `address` as parse_listen gives it.
SystemAddress system_address(const ListenAddress& address);

}  // namespace signpost::system
