#include "system/system_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace signpost::system {
namespace {

SystemAddress fill_unix(const std::string& path) {
  static_assert(kMaxUnixPath == sizeof(sockaddr_un::sun_path) - 1);
  SystemAddress system;
  auto* local = reinterpret_cast<sockaddr_un*>(&system.bytes);
  local->sun_family = AF_UNIX;
  path.copy(local->sun_path, kMaxUnixPath);
  system.size = sizeof *local;
  return system;
}

}  // namespace

SystemAddress system_address(const ListenAddress& address) {
  if (!address.path.empty()) return fill_unix(address.path);
  SystemAddress system;
  if (auto* six = reinterpret_cast<sockaddr_in6*>(&system.bytes);
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

base::Result<SystemAddress> unix_address(const std::string& path) {
  if (!path.empty() && path.size() <= kMaxUnixPath) return fill_unix(path);
  return base::invalid("socket path '" + path + "' is empty or longer than " + std::to_string(kMaxUnixPath) +
                       " bytes");
}

}  // namespace signpost::system
