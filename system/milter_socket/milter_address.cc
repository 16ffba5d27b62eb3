// Socket strings; errors say how to spell a wrong one.
#include "system/milter_socket/milter_address.h"

#include <optional>

#include "base/ip.h"
#include "base/text.h"
#include "system/listen_address.h"

namespace signpost::system {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto number = base::parse_number(text);
  if (!number || *number == 0 || *number > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

std::string_view without_brackets(std::string_view host) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
  return host;
}

base::Result<SocketAddress> parse_unix(std::string_view path) {
  if (path.empty() || path.front() != '/')
    return base::invalid("a unix socket needs an absolute path, as in unix:/run/signpost/milter.sock");
  if (path.size() > kMaxUnixPath) {
    return base::invalid("the path of a unix socket has at most " + std::to_string(kMaxUnixPath) +
                         " bytes, this one has " + std::to_string(path.size()));
  }
  if (path.find('\0') != std::string_view::npos) return base::invalid("the path contains a NUL byte");
  return SocketAddress{SocketAddress::Kind::unix_path, std::string(path), {}, 0};
}

base::Result<SocketAddress> parse_inet(SocketAddress::Kind kind, std::string_view rest) {
  const std::string prefix = kind == SocketAddress::Kind::inet ? "inet:" : "inet6:";
  const std::string loopback = kind == SocketAddress::Kind::inet ? "127.0.0.1" : "::1";
  const std::size_t at = rest.find('@');
  if (at == std::string_view::npos) {
    const std::size_t colon = rest.rfind(':');
    if (colon != std::string_view::npos && parse_port(rest.substr(colon + 1))) {
      return base::invalid("the port comes first: write " + prefix + std::string(rest.substr(colon + 1)) +
                           "@" + std::string(without_brackets(rest.substr(0, colon))));
    }
    if (parse_port(rest)) {
      return base::invalid("without a host it would listen on all addresses: write " + prefix +
                           std::string(rest) + "@" + loopback);
    }
    return base::invalid("write " + prefix + "PORT@HOST, as in " + prefix + "8895@" + loopback);
  }
  const auto port = parse_port(rest.substr(0, at));
  if (!port)
    return base::invalid("the port is a number from 1 to 65535, as in " + prefix + "8895@" + loopback);

  const std::string_view host = without_brackets(rest.substr(at + 1));
  if (!base::equals_ignore_case(host, "localhost")) {
    const bool is_inet6 = kind == SocketAddress::Kind::inet6;
    if (!base::parse_ip(host) || (host.find(':') != std::string_view::npos) != is_inet6) {
      return base::invalid(std::string("the host is an ") + (is_inet6 ? "IPv6" : "IPv4") +
                           " address or localhost, as in " + prefix + "8895@" + loopback);
    }
  }
  return SocketAddress{kind, {}, base::lower(host), *port};
}

}  // namespace

std::string SocketAddress::format() const {
  switch (kind) {
    case Kind::unix_path:
      return "unix:" + path;
    case Kind::inet:
      return "inet:" + std::to_string(port) + "@" + host;
    case Kind::inet6:
      return "inet6:" + std::to_string(port) + "@" + host;
  }
  return {};
}

bool SocketAddress::is_local() const {
  if (kind == Kind::unix_path || host == "localhost") return true;
  const auto ip = base::parse_ip(host);
  const auto loopback = base::parse_network(kind == Kind::inet ? "127.0.0.0/8" : "::1/128");
  return ip && loopback && loopback->contains(*ip);
}

base::Result<SocketAddress> parse_socket(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view scheme = text.substr(0, colon);
  if (colon != std::string_view::npos) {
    const std::string_view rest = text.substr(colon + 1);
    if (scheme == "unix" || scheme == "local") return parse_unix(rest);
    if (scheme == "inet") return parse_inet(SocketAddress::Kind::inet, rest);
    if (scheme == "inet6") return parse_inet(SocketAddress::Kind::inet6, rest);
  }
  if (!text.empty() && text.front() == '/') return base::invalid("write unix:" + std::string(text));
  return base::invalid("a socket is unix:/PATH, inet:PORT@HOST or inet6:PORT@HOST");
}

}  // namespace signpost::system
