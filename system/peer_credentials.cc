#include "system/peer_credentials.h"

#include <cerrno>

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>

#include "system/errors.h"

namespace signpost::system {
namespace {

base::Result<std::vector<gid_t>> read_peer_groups(int socket) {
  std::vector<gid_t> groups(32);
  while (true) {
    auto bytes = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes) == 0) {
      groups.resize(bytes / sizeof(gid_t));
      return groups;
    }
    const int error = errno;
    // With ERANGE the kernel has set `bytes` to the size that it needs.
    if (error != ERANGE || bytes / sizeof(gid_t) <= groups.size()) {
      return system_failure("cannot read the peer's groups", error);
    }
    groups.resize(bytes / sizeof(gid_t));
  }
}

}  // namespace

base::Result<PeerCredentials> read_peer_credentials(int socket) {
  ucred credentials{};
  socklen_t bytes = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &bytes) != 0) {
    return system_failure("cannot read the peer's user");
  }
  auto groups = read_peer_groups(socket);
  if (!groups) return tl::unexpected(groups.error());
  return PeerCredentials{credentials.pid, credentials.uid, credentials.gid, std::move(*groups)};
}

std::optional<UserIds> find_user(const std::string& name) {
  std::vector<char> buffer(4096);
  passwd entry{};
  passwd* found = nullptr;
  while (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) == ERANGE) {
    buffer.resize(buffer.size() * 2);
  }
  if (found == nullptr) return std::nullopt;
  return UserIds{found->pw_uid, found->pw_gid};
}

std::optional<gid_t> find_group(const std::string& name) {
  std::vector<char> buffer(4096);
  group entry{};
  group* found = nullptr;
  while (::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) == ERANGE) {
    buffer.resize(buffer.size() * 2);
  }
  if (found == nullptr) return std::nullopt;
  return found->gr_gid;
}

}  // namespace signpost::system
