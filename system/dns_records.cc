#include "system/dns_records.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace signpost::system {
namespace {

constexpr std::size_t kMaxName = 253;  // 255 octets on the wire, RFC 1035 §3.1
constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMappedPrefix = 12;  // ::ffff:0:0/96

auto corrupt(const char* what) {
  return base::fail(base::ErrorKind::corrupt, what);
}

std::size_t octet(char c) {
  return static_cast<unsigned char>(c);
}

bool is_label(std::string_view label) {
  return std::all_of(label.begin(), label.end(),
                     [](char c) { return base::is_alnum(c) || c == '-' || c == '_'; });
}

bool is_v4(const base::Ip& ip) {
  return std::all_of(ip.bytes.begin(), ip.bytes.begin() + 10, [](std::uint8_t byte) { return byte == 0; }) &&
         ip.bytes[10] == 0xff && ip.bytes[11] == 0xff;
}

}  // namespace

const char* dns_type_word(DnsType type) {
  switch (type) {
    case DnsType::a:
      return "A";
    case DnsType::aaaa:
      return "AAAA";
    case DnsType::mx:
      return "MX";
    case DnsType::ptr:
      return "PTR";
    case DnsType::txt:
      break;
  }
  return "TXT";
}

std::string reverse_name(const base::Ip& ip) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string name;
  for (std::size_t i = ip.bytes.size(); is_v4(ip) && i-- > kMappedPrefix;)
    name += std::to_string(ip.bytes[i]) + ".";
  if (!name.empty()) return name + "in-addr.arpa";
  for (std::size_t i = ip.bytes.size(); i-- > 0;) {
    name += {kDigits[ip.bytes[i] & 15u], '.', kDigits[ip.bytes[i] >> 4u], '.'};
  }
  return name + "ip6.arpa";
}

base::Result<std::string> parse_dns_text(std::string_view data) {
  std::string text;
  while (!data.empty()) {
    const std::size_t length = octet(data.front());
    data.remove_prefix(1);
    if (length > data.size()) return corrupt("a TXT record that ends within a string");
    if (text.size() + length > kMaxDnsText) return corrupt("a TXT record that is too long");
    text.append(data.substr(0, length));
    data.remove_prefix(length);
  }
  return text;
}

base::Result<base::Ip> parse_dns_address(std::string_view data) {
  base::Ip ip;
  if (data.size() == 4) {
    ip.bytes[10] = ip.bytes[11] = 0xff;
  } else if (data.size() != ip.bytes.size()) {
    return corrupt("an address record that is not an address");
  }
  std::transform(data.begin(), data.end(), ip.bytes.end() - static_cast<std::ptrdiff_t>(data.size()),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return ip;
}

base::Result<std::string> parse_dns_host(std::string_view data) {
  std::string name;
  while (!data.empty()) {
    const std::size_t length = octet(data.front());
    data.remove_prefix(1);
    if (length == 0) {
      if (!data.empty()) break;
      return base::lower(name);
    }
    if (length > kMaxLabel || length > data.size()) break;
    const std::string_view label = data.substr(0, length);
    if (!is_label(label)) return corrupt("a name that is not the name of a host");
    if (!name.empty()) name += '.';
    name += label;
    if (name.size() > kMaxName) break;
    data.remove_prefix(length);
  }
  return corrupt("a name that cannot be read");
}

base::Result<DnsExchange> parse_dns_exchange(std::string_view data) {
  if (data.size() < 3) return corrupt("an MX record that is too short");
  auto host = parse_dns_host(data.substr(2));
  if (!host) return tl::unexpected(host.error());
  return DnsExchange{static_cast<std::uint16_t>(octet(data[0]) << 8 | octet(data[1])), std::move(*host)};
}

base::Result<void> add_dns_record(DnsType type, std::string_view data, DnsAnswer& answer) {
  const auto add = [](auto parsed, auto& list) -> base::Result<void> {
    if (!parsed) return tl::unexpected(parsed.error());
    list.push_back(std::move(*parsed));
    return {};
  };
  switch (type) {
    case DnsType::a:
      if (data.size() != 4) return corrupt("an A record that is not an IPv4 address");
      return add(parse_dns_address(data), answer.addresses);
    case DnsType::aaaa:
      if (data.size() != 16) return corrupt("an AAAA record that is not an IPv6 address");
      return add(parse_dns_address(data), answer.addresses);
    case DnsType::mx: {
      auto added = add(parse_dns_exchange(data), answer.exchanges);
      std::sort(answer.exchanges.begin(), answer.exchanges.end());
      return added;
    }
    case DnsType::ptr:
      return add(parse_dns_host(data), answer.names);
    case DnsType::txt:
      break;
  }
  return add(parse_dns_text(data), answer.texts);
}

}  // namespace signpost::system
