// What became of a tenant's mail at the providers, summed from the counts of each hour: the port for whoever decides or tells by it.
// store/traffic reads it from the disk.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace signpost::policy::limits {

struct TrafficSums {
  using Reasons = std::map<std::string, std::uint64_t>;  ///< words of feedback's table
  std::uint64_t sent = 0;       ///< recipients of messages that were accepted from the sender
  std::uint64_t delivered = 0;  ///< of whom the MTA's log says that a server or a mailbox took it
  std::uint64_t undelivered = 0;
  std::uint64_t hard = 0, soft = 0;  ///< recipients of reports
  std::uint64_t block = 0;           ///< messages that were refused because of the sender, by reports
  std::uint64_t complaints = 0;
  std::uint64_t unsubscribes = 0;  ///< requests, also those that were undone
  std::uint64_t refusals = 0;      ///< attempts that a server refused because of the sender, by the log
  Reasons blocked_for, refused_for;
  TrafficSums& operator+=(const TrafficSums& other);
  bool operator==(const TrafficSums&) const = default;
};

struct TrafficQuery {
  std::uint32_t tenant = 0;                               ///< policy::tenant_id
  std::optional<std::string> stream = {}, provider = {};  ///< absent: all of them, each apart
  base::Wall from{};                                      ///< the hours in which these are are the first
  base::Wall to = base::Wall::max();                      ///< and the last
};

struct TrafficName {
  std::string stream;
  std::string provider;                                  ///< one of kProviderNames
  auto operator<=>(const TrafficName&) const = default;  // NOLINT(modernize-use-nullptr): a false alarm
};
using TrafficTable = std::map<TrafficName, TrafficSums>;

/// Of all lines of a table together.
TrafficSums sum_of(const TrafficTable& table);

/// Thread-safe.
class Traffic {
 public:
  virtual ~Traffic() = default;
  /// A line for each stream and provider of which something was counted. What is sent counts in the hour in which it was accepted, what
  /// comes back in the hour in which it came: parts of one hour are no shares of each other. Errors: unavailable, corrupt.
  virtual base::Result<TrafficTable> traffic(const TrafficQuery& query) const = 0;
};

}  // namespace signpost::policy::limits
