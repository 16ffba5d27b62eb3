// An address of the configuration as the system calls need it: the only place that fills a sockaddr_un. Opens
// no socket.
#pragma once

#include <string>

#include <sys/socket.h>

#include "base/result.h"
#include "system/listen_address.h"

namespace signpost::system {

struct SystemAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&bytes); }
};

/// `address` as parse_listen gives it.
SystemAddress system_address(const ListenAddress& address);

/// Error `invalid` if the path is empty or longer than kMaxUnixPath.
base::Result<SystemAddress> unix_address(const std::string& path);

}  // namespace signpost::system
