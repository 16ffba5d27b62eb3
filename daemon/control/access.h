// What the peer of the control socket may do, from its credentials and the configured groups. Pure.
#pragma once

#include <optional>

#include <sys/types.h>

#include "daemon/commands/caller.h"
#include "system/peer_credentials.h"

namespace signpost::daemon::control {

struct AccessRules {
  uid_t daemon_uid = 0;
  std::optional<gid_t> admin_group;  ///< absent if there is no such group
  std::optional<gid_t> read_group;
};

/// Pure. Root, the daemon's user and admin_group may give every command, read_group those that read; all others have no
/// rights. None of them is bound to a tenant.
commands::Caller judge_peer(const system::PeerCredentials& peer, const AccessRules& rules);

}  // namespace signpost::daemon::control
