// IP addresses and networks as bytes and as text. What a network means (trusted, a tenant's) is decided
// by whoever holds it.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace signpost::base {

/// An IPv4 or IPv6 address as 16 bytes (IPv4 mapped, ::ffff:a.b.c.d).
struct Ip {
  std::array<std::uint8_t, 16> bytes{};
  bool operator==(const Ip&) const = default;
  auto operator<=>(const Ip&) const = default;
};
Result<Ip> parse_ip(std::string_view text);
std::string format_ip(const Ip& ip);
/// The address with all bits after the first `prefix` cleared.
Ip masked(Ip ip, int prefix);

/// A network prefix, "192.0.2.0/24", "2001:db8::/32" or one address.
struct Network {
  Ip base;           ///< no bit set behind the prefix
  int prefix = 128;  ///< bits of the 16-byte form: an IPv4 /24 is 120
  bool contains(const Ip& ip) const;
  bool operator==(const Network&) const = default;
};
Result<Network> parse_network(std::string_view text);
std::string format_network(const Network& network);

}  // namespace signpost::base
