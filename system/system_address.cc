#include "system/system_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace signpost::system {

SystemAddress system_address(const ListenAddress& address) {
  SystemAddress system;
  if (!address.path.empty()) {
    auto* local = reinterpret_cast<sockaddr_un*>(&system.bytes);
    local->sun_family = AF_UNIX;
    address.path.copy(local->sun_path, sizeof local->sun_path - 1);
    system.size = sizeof *local;
  } else if (auto* six = reinterpret_cast<sockaddr_in6*>(&system.bytes);
             ::inet_pton(AF_INET6, address.host.c_str(), &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(address.port);
    system.size = sizeof *six;
  } else {
    system.bytes = {};
    auto* four = reinterpret_cast<sockaddr_in*>(&system.bytes);
    four->sin_family = AF_INET;
    four->sin_port = htons(address.port);
    ::inet_pton(AF_INET, address.host.c_str(), &four->sin_addr);
    system.size = sizeof *four;
  }
  return system;
}

}  // namespace signpost::system
