// The protocol of Postfix' socketmap: tables (socketmap_table(5)): requests and replies as netstrings. Pure; the sockets are
// system/socketmap/server's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace signpost::system::socketmap {

/// Bytes of a request without its netstring's frame. What Postfix asks is bounded by its line_length_limit (2,048) for one
/// reply of a server and some words of its own.
inline constexpr std::size_t kMaxRequest = 16384;
/// Bytes of a reply that Postfix takes.
inline constexpr std::size_t kMaxReply = 100000;

/// Views of the bytes that were parsed.
struct Request {
  std::string_view map;   ///< the table's name, as main.cf gives it after the socket
  std::string_view key;   ///< what is looked up; may hold blanks
  std::size_t bytes = 0;  ///< how many of the bytes it took
};

/// The request at the beginning of `bytes`; nullopt if more must come. Errors: `limit` above kMaxRequest, `invalid` for what
/// is not a netstring or does not name a map. After an error nobody knows where the next request begins.
base::Result<std::optional<Request>> parse_socketmap_request(std::string_view bytes);

struct Reply {
  enum class Kind : std::uint8_t {
    ok,         ///< `text` is the answer
    not_found,  ///< without text
    temporary,  ///< `text` says why there is no answer now
    permanent,  ///< `text` says why there never will be one
  };
  Kind kind = Kind::not_found;
  std::string text;
};

/// As a netstring; what is longer than kMaxReply is cut off.
std::string format_reply(const Reply& reply);

}  // namespace signpost::system::socketmap
