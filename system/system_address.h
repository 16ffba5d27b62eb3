// An address of the configuration in the form that system calls need. Used by those who listen and
// those who connect.
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
