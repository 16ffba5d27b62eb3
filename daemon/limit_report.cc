#include "daemon/limit_report.h"

#include <algorithm>

namespace signpost::daemon {
namespace {

using policy::LimitKeyPart;
using policy::LimitSettings;

/// Fewer may be mail of this host's own programs alone.
constexpr std::uint64_t kEnough = 100;
/// A smaller cap is meant to be reached.
constexpr std::uint64_t kFewKeys = 100;

bool has_part(const LimitSettings& limit, LimitKeyPart part) {
  return std::find(limit.key.begin(), limit.key.end(), part) != limit.key.end();
}

bool needs_login(const LimitSettings& limit) {
  return has_part(limit, LimitKeyPart::login) || !limit.when.only.logins.empty();
}

/// All mail of the hop before shares one count, unless `when` says something of clients.
bool counts_hops(const LimitSettings& limit) {
  return has_part(limit, LimitKeyPart::client) && limit.when.only.clients.empty() &&
         limit.when.except.clients.empty();
}

/// `when` names clients, none of which can be the hop before.
bool misses_hops(const LimitSettings& limit, const policy::Settings& settings) {
  std::vector<base::Ip> hops = {*base::parse_ip("127.0.0.1"), *base::parse_ip("::1")};
  for (const base::Network& hop : settings.hops) hops.push_back(hop.base);
  const std::vector<base::Network>& clients = limit.when.only.clients;
  return !clients.empty() && std::none_of(clients.begin(), clients.end(), [&](const base::Network& client) {
    return std::any_of(hops.begin(), hops.end(), [&](const base::Ip& hop) { return client.contains(hop); });
  });
}

/// The cap of each limit whose keys were counted, and the count.
template <class Visit>
void for_each_cap(const std::vector<policy::limits::KeyCount>& counts, const policy::Settings& settings,
                  const Visit& visit) {
  for (const LimitSettings& limit : settings.limits) {
    const auto count = std::find_if(counts.begin(), counts.end(),
                                    [&](const auto& known) { return known.limit == limit.name; });
    if (count != counts.end()) visit(limit, *count);
  }
}

bool is_at_cap(const LimitSettings& limit, const policy::limits::KeyCount& count) {
  return count.shared || count.keys >= limit.max_keys;
}

}  // namespace

std::vector<std::string> key_problems(const std::vector<policy::limits::KeyCount>& counts,
                                      const policy::Settings& settings) {
  std::vector<std::string> problems;
  for_each_cap(counts, settings, [&](const LimitSettings& limit, const policy::limits::KeyCount& count) {
    if (!is_at_cap(limit, count) || limit.key.empty()) return;
    problems.push_back(
        "limit " + limit.name + ": " + std::to_string(count.keys) +
        " keys have a count of their own, max_keys is " + std::to_string(limit.max_keys) +
        ", so new keys share one count (" + std::to_string(count.charged_to_shared) +
        " times since the start); raise max_keys and reload, or limit by login or client whoever "
        "invents them (docs/limits.md)");
  });
  return problems;
}

std::vector<std::string> key_hints(const std::vector<policy::limits::KeyCount>& counts,
                                   const policy::Settings& settings) {
  std::vector<std::string> hints;
  for_each_cap(counts, settings, [&](const LimitSettings& limit, const policy::limits::KeyCount& count) {
    if (is_at_cap(limit, count) || count.keys < limit.max_keys / 5 * 4 || limit.max_keys < kFewKeys) return;
    hints.push_back("limit " + limit.name + ": " + std::to_string(count.keys) +
                    " keys have a count of their own, max_keys is " + std::to_string(limit.max_keys) +
                    "; beyond it new keys share one count (docs/limits.md)");
  });
  return hints;
}

std::vector<std::string> limit_problems(const milter::Counters& counters, const policy::Settings& settings) {
  std::vector<std::string> problems;
  const std::uint64_t nameless = counters.nameless_at_egress;
  const std::uint64_t sealed = counters.sealed_at_egress;
  const bool lacks_logins = nameless >= kEnough && counters.charged_logins == 0;
  for (const LimitSettings& limit : settings.limits) {
    if (lacks_logins && needs_login(limit))
      problems.push_back(
          "limit " + limit.name + ": counts by login, and none of the " + std::to_string(nameless) +
          " messages without a seal at a port of role signpost-egress had one; let mail pass a port "
          "of role signpost-submit first, with the same ring (docs/limits.md)");
    if (sealed > 0 && counts_hops(limit))
      problems.push_back(
          "limit " + limit.name +
          ": counts by client, and at a port of role signpost-egress that is the hop before, so all its "
          "mail shares one count (" +
          std::to_string(sealed) +
          " messages since the start); count by login, tenant or sender (docs/limits.md)");
  }
  return problems;
}

std::vector<std::string> limit_hints(const milter::Counters& counters, const policy::Settings& settings) {
  std::vector<std::string> hints;
  const bool is_egress_only = counters.sealed_at_egress > 0 && counters.charged_without_role == 0;
  for (const LimitSettings& limit : settings.limits) {
    if (is_egress_only && misses_hops(limit, settings))
      hints.push_back(
          "limit " + limit.name +
          ": is for some clients, and all mail since the start came to ports of role signpost-egress, "
          "where the client is the hop before; use login, tenant or sender (docs/limits.md)");
  }
  return hints;
}

}  // namespace signpost::daemon
