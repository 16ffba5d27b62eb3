// Client addresses and networks as text and bytes. It does not know what a network stands for.
#include "base/ip.h"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>

#include "base/text.h"

namespace signpost::base {

namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr int kMappedBits = 96;

bool is_mapped(const Ip& ip) {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), ip.bytes.begin());
}

}  // namespace

Result<Ip> parse_ip(std::string_view text) {
  Ip ip;
  if (text.size() < INET6_ADDRSTRLEN && text.find('\0') == std::string_view::npos) {
    const std::string terminated(text);
    if (inet_pton(AF_INET6, terminated.c_str(), ip.bytes.data()) == 1) return ip;
    if (inet_pton(AF_INET, terminated.c_str(), ip.bytes.data() + kMappedPrefix.size()) == 1) {
      std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), ip.bytes.begin());
      return ip;
    }
  }
  return invalid("not an IP address: expected 192.0.2.1 or 2001:db8::1");
}

std::string format_ip(const Ip& ip) {
  char text[INET6_ADDRSTRLEN] = "";
  if (is_mapped(ip)) {
    inet_ntop(AF_INET, ip.bytes.data() + kMappedPrefix.size(), text, sizeof text);
  } else {
    inet_ntop(AF_INET6, ip.bytes.data(), text, sizeof text);
  }
  return text;
}

Ip masked(Ip ip, int prefix) {
  for (std::size_t i = 0; i < ip.bytes.size(); ++i) {
    const int kept = std::clamp(prefix - static_cast<int>(i) * 8, 0, 8);
    ip.bytes[i] = static_cast<std::uint8_t>(ip.bytes[i] & (0xFF00 >> kept));
  }
  return ip;
}

bool Network::contains(const Ip& ip) const {
  return masked(ip, prefix) == base;
}

Result<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  auto ip = parse_ip(address);
  if (!ip) return invalid("not a network: expected 192.0.2.0/24, 2001:db8::/32 or one address");
  Network network{*ip, 128};
  if (slash == std::string_view::npos) return network;
  const int offset = address.find(':') == std::string_view::npos ? kMappedBits : 0;
  const auto bits = parse_number(text.substr(slash + 1));
  if (!bits || *bits > static_cast<std::uint64_t>(128 - offset)) {
    return invalid("bad prefix length: expected 0 to " + std::to_string(128 - offset));
  }
  network.prefix = static_cast<int>(*bits) + offset;
  network.base = masked(*ip, network.prefix);
  if (network.base != *ip) {
    return invalid("the address has bits set beyond the prefix length: did you mean " +
                   format_network(network) + "?");
  }
  return network;
}

std::string format_network(const Network& network) {
  std::string text = format_ip(network.base);
  if (network.prefix == 128) return text;
  return text + "/" + std::to_string(is_mapped(network.base) ? network.prefix - kMappedBits : network.prefix);
}

}  // namespace signpost::base
