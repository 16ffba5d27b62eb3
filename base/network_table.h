// Whose network an address is in, found without walking the networks.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>

#include "base/ip.h"

namespace signpost::base {

/// What two owners name belongs to the first of them. A lookup costs O(log n) times the number of different prefix
/// lengths. Immutable once filled, so thread-safe.
class NetworkTable {
 public:
  void add(const Network& network, std::size_t owner) {
    networks_[network.prefix].emplace(network.base, owner);
  }
  /// Of the longest prefix that holds the address.
  std::optional<std::size_t> find(const Ip& ip) const {
    for (const auto& [prefix, networks] : networks_) {
      const auto found = networks.find(masked(ip, prefix));
      if (found != networks.end()) return found->second;
    }
    return std::nullopt;
  }
  bool empty() const { return networks_.empty(); }

 private:
  /// Prefix length in bits, longest first, then the network's own bits.
  std::map<int, std::map<Ip, std::size_t>, std::greater<>> networks_;
};

}  // namespace signpost::base
