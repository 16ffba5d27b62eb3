// A socket as the configuration spells it. Stricter than libmilter, which takes Postfix' word order for a
// service name and then listens on another port of all addresses without an error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace signpost::system {

struct SocketAddress {
  enum class Kind { unix_path, inet, inet6 };
  Kind kind = Kind::unix_path;
  std::string path;  ///< unix: absolute, at most 107 bytes
  std::string host;  ///< inet, inet6: an address (without brackets) or "localhost"
  std::uint16_t port = 0;
  /// What smfi_setconn takes: "unix:/path", "inet:8895@127.0.0.1", "inet6:8895@::1".
  std::string format() const;
  /// Only processes of this host can reach it.
  bool is_local() const;
  bool operator==(const SocketAddress&) const = default;
};

/// "unix:/path", "local:/path", "inet:PORT@HOST", "inet6:PORT@HOST". The error says how to spell what
/// was probably meant.
base::Result<SocketAddress> parse_socket(std::string_view text);

}  // namespace signpost::system
