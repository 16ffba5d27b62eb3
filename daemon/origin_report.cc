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
  constexpr std::uint64_t kManyInARow = 20;
  std::vector<std::string> hints;
  const auto tell = [&](std::uint64_t count, const std::string& what, const std::string& cure) {
    if (count > 0)
      hints.push_back("origin: " + what + " (" + std::to_string(count) + " since the start); " + cure);
  };
  tell(counters.reinjected_own,
       "messages with an author of this site came back to this host and passed unsigned",
       "if they are posts of a list of yours, name it in [[clients.reinjected]]; if they come from mailboxes "
       "(.forward, "
       "sieve) or strangers, all is well");
  tell(counters.unknown_logins,
       "messages of logins that no tenant names were judged as mail of the tenant default",
       "name the logins, or the domain of all of them, in tenant.logins");
  tell(counters.stripped_traces,
       "strangers' messages came back without any Received, known by our seal alone, since a port strips "
       "that field",
       "keep Signpost attached to every port that strangers reach (docs/tenants.md)");
  for (const auto& [port, in_a_row] : counters.headless_aborts.all()) {
    if (in_a_row < kManyInARow) continue;
    hints.push_back(
        "origin: the last " + std::to_string(in_a_row) + " messages at " +
        (port.empty() ? "the port without a name" : "the port " + port) +
        " ended before their header; if it has an smtpd_proxy_filter, attach Signpost to the port behind "
        "the filter instead (docs/tenants.md)");
  }
  return hints;
}

}  // namespace signpost::daemon
