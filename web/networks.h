// Which networks are those of mail scanners and of data centers: a few compiled in (web/networks.txt, with their sources),
// and what web.networks adds. Lines of a class and a network; nothing else is believed of an address.
#pragma once

#include <string_view>

#include "base/network_table.h"
#include "base/result.h"
#include "track/hit.h"

namespace signpost::web {

constexpr std::size_t kMaxNetworkBytes = 16u << 20;  ///< of a file of networks

/// Immutable once built, so thread-safe.
class Networks {
 public:
  /// Those compiled in.
  Networks();
  /// Of the longest network that holds the address; what a file says goes before what is compiled in.
  /// Limitation: what is no address is of an unknown network.
  track::Network find(std::string_view address) const;

 private:
  friend base::Result<Networks> parse_networks(std::string_view text);
  explicit Networks(base::NetworkTable table) : table_(std::move(table)) {}
  base::NetworkTable table_;
};

/// `text`: lines "scanner 192.0.2.0/24", "hosting 2001:db8::/32", "none 192.0.2.7"; a "#" begins a comment. The
/// compiled-in ones are behind them. Errors `invalid` name the line. Linear.
base::Result<Networks> parse_networks(std::string_view text);

}  // namespace signpost::web
