#include "daemon/origin_report.h"

namespace signpost::daemon {

std::vector<std::string> origin_problems(const milter::Counters& counters) {
  std::vector<std::string> problems;
  const auto tell = [&](const std::atomic<std::uint64_t>& count, const std::string& what) {
    if (count > 0) problems.push_back("milter: " + what + " (" + std::to_string(count) + " since the start)");
  };
  tell(counters.strangers_submissions,
       "messages without a login were refused on a port of role signpost-submit; "
       "give that role only to ports that demand a login (docs/tenants.md)");
  tell(counters.unsealed_at_egress,
       "messages reached a port of role signpost-egress without a seal that opens, and passed unsigned and "
       "uncharged; "
       "route there only what passed a port of role signpost-submit, with the same ring (docs/tenants.md)");
  tell(counters.negotiations_failed,
       "connections of an MTA were refused that cannot do what signing needs; in Postfix, set "
       "milter_protocol = 6");
  return problems;
}

std::vector<std::string> origin_hints(const milter::Counters& counters) {
  std::vector<std::string> hints;
  if (counters.reinjected_own > 0)
    hints.push_back(
        "origin: messages with an author of this site came back to this host and passed unsigned (" +
        std::to_string(counters.reinjected_own) +
        " since the start); if they are posts of a list, name it in [[clients.reinjected]]");
  return hints;
}

}  // namespace signpost::daemon
