#include "system/listen_address.h"

#include "base/ip.h"
#include "base/text.h"

namespace signpost::system {

base::Result<ListenAddress> parse_listen(std::string_view text) {
  constexpr std::string_view kUnix = "unix:";
  if (text.starts_with(kUnix)) {
    const std::string_view path = text.substr(kUnix.size());
    if (!path.starts_with('/') || path.size() > kMaxUnixPath || path.find('\0') != path.npos) {
      return base::invalid(
          "a unix socket needs an absolute path of at most 107 bytes, as in unix:/run/signpost/web.sock");
    }
    return ListenAddress{std::string(path), {}, 0};
  }
  const std::size_t colon = text.rfind(':');
  const std::string_view port_text = colon == text.npos ? std::string_view() : text.substr(colon + 1);
  const auto port = base::parse_number(port_text);
  if (!port || *port == 0 || *port > 65535) {
    return base::invalid("write ADDRESS:PORT, as in 127.0.0.1:8880, or unix:/PATH");
  }
  std::string_view host = text.substr(0, colon);
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (in_brackets) host = host.substr(1, host.size() - 2);
  const bool is_six = host.find(':') != host.npos;
  if (is_six != in_brackets || !base::parse_ip(host)) {
    return base::invalid("'" + std::string(text.substr(0, colon)) +
                         "' is not an address: write 127.0.0.1:8880 or [::1]:8880");
  }
  return ListenAddress{{}, std::string(host), static_cast<std::uint16_t>(*port)};
}

std::string format_listen(const ListenAddress& address) {
  if (!address.path.empty()) return "unix:" + address.path;
  const bool is_six = address.host.find(':') != std::string::npos;
  return (is_six ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

bool ListenAddress::is_local() const {
  if (!path.empty()) return true;
  const auto ip = base::parse_ip(host);
  const auto loopback = base::parse_network(host.find(':') == std::string::npos ? "127.0.0.0/8" : "::1/128");
  return ip && loopback && loopback->contains(*ip);
}

}  // namespace signpost::system
