// Who is on the other side of a unix socket, as the kernel tells it, and what that allows on the control
// socket. Not known here: what is asked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"
#include "programs/control_channel.h"

namespace signpost::programs {

/// As they were when the peer connected; a later setuid changes nothing.
struct PeerCredentials {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  ///< supplementary ones
};

/// SO_PEERCRED and SO_PEERGROUPS of a connected unix socket.
base::Result<PeerCredentials> read_peer_credentials(int socket);

struct AccessRules {
  uid_t daemon_uid = 0;
  std::optional<gid_t> admin_group;  ///< absent if there is no such group
  std::optional<gid_t> read_group;
};

/// Pure: root, the daemon's user and admin_group may write, read_group may read, nobody else gets an answer.
ControlPeer judge_peer(const PeerCredentials& peer, const AccessRules& rules);

/// The id of a group, or nullopt if there is none of that name.
std::optional<gid_t> find_group(const std::string& name);

}  // namespace signpost::programs
