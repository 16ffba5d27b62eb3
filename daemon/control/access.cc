#include "daemon/control/access.h"

#include <algorithm>
#include <string>

namespace signpost::daemon::control {
namespace {

bool is_member(const system::PeerCredentials& peer, std::optional<gid_t> group) {
  return group && (peer.gid == *group ||
                   std::find(peer.groups.begin(), peer.groups.end(), *group) != peer.groups.end());
}

}  // namespace

commands::Caller judge_peer(const system::PeerCredentials& peer, const AccessRules& rules) {
  using enum commands::Right;
  commands::Caller caller{{}, "operator uid=" + std::to_string(peer.uid), std::nullopt};
  if (peer.uid == 0 || peer.uid == rules.daemon_uid || is_member(peer, rules.admin_group)) {
    caller.rights = {read, write, admin};
  } else if (is_member(peer, rules.read_group)) {
    caller.rights = {read};
  }
  return caller;
}

}  // namespace signpost::daemon::control
