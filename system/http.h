// The facts of one HTTP request, as they were received, and what follows from them: the host, the client. The
// request is known to be well-formed; its values are not trusted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ip.h"

namespace signpost::system {

/// Points into the bytes of the request.
struct HttpRequest {
  std::string_view method;
  std::string_view target;  ///< as in the request line
  std::vector<std::pair<std::string_view, std::string_view>> fields;
  std::string_view body;
  std::optional<base::Ip> peer;  ///< absent on a unix socket

  /// The first field of that name (in any case), or empty.
  std::string_view find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
};

/// The authority of a target in absolute form, which counts instead of Host (RFC 9112 §3.2.2); else empty.
std::string_view absolute_authority(std::string_view target);

/// The host that is asked, in lower case without port; nullopt if there is none, or more than one.
std::optional<std::string> requested_host(const HttpRequest& request);

/// The client's address as text: the peer, or if that is a trusted proxy (a unix peer always is) the last
/// address of X-Forwarded-For that is not one. Empty if it is not known.
std::string client_address(const HttpRequest& request, const std::vector<base::Network>& trusted_proxies);

}  // namespace signpost::system
