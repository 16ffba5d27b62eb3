// Where an HTTP server listens, as the configuration spells it. Plain HTTP, behind a TLS proxy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace signpost::system {

/// Bytes of a unix socket's path: sun_path without its NUL.
inline constexpr std::size_t kMaxUnixPath = 107;

/// Where a server listens: "127.0.0.1:8880", "[::1]:8880" or "unix:/path".
struct ListenAddress {
  std::string path;        ///< of a unix socket; empty: TCP
  std::string host;        ///< an IP address, without brackets
  std::uint16_t port = 0;  ///< 0: any free one
  /// Only processes of this host can reach it.
  bool is_local() const;
  bool operator==(const ListenAddress&) const = default;
};
base::Result<ListenAddress> parse_listen(std::string_view text);
/// Back from parse_listen.
std::string format_listen(const ListenAddress& address);

}  // namespace signpost::system
