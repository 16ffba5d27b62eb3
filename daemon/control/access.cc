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

commands::ControlPeer judge_peer(const system::PeerCredentials& peer, const AccessRules& rules) {
  using May = commands::ControlPeer::May;
  commands::ControlPeer judged{May::nothing, "operator uid=" + std::to_string(peer.uid)};
  if (peer.uid == 0 || peer.uid == rules.daemon_uid || is_member(peer, rules.admin_group)) {
    judged.may = May::write;
  } else if (is_member(peer, rules.read_group)) {
    judged.may = May::read;
  }
  return judged;
}

}  // namespace signpost::daemon::control
