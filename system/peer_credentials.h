// The user of the peer of a unix socket, or of a TCP connection within this host, as the kernel knows it; and the ids behind the
// names of users and groups.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/ip.h"
#include "base/result.h"

namespace signpost::system {

/// As they were when the peer connected; a later setuid changes nothing.
struct PeerCredentials {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  ///< supplementary ones
};

/// SO_PEERCRED and SO_PEERGROUPS of a connected unix socket.
base::Result<PeerCredentials> read_peer_credentials(int socket);

/// The user of the local socket that is bound to that address and connected: the client of a TCP connection within this host
/// (sock_diag(7), INET_DIAG). Errors: not_found, no such socket in this network namespace; unavailable, the kernel cannot be asked,
/// or several sockets share that address, so that nothing is known.
base::Result<uid_t> find_tcp_owner(const base::Ip& address, std::uint16_t port);

struct UserIds {
  uid_t user = 0;
  gid_t group = 0;  ///< the user's first
};
/// The ids of a user, or nullopt if there is none of that name.
std::optional<UserIds> find_user(const std::string& name);

/// The id of a group, or nullopt if there is none of that name.
std::optional<gid_t> find_group(const std::string& name);

}  // namespace signpost::system
