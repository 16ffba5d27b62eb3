// An HTTP response as data and as bytes. The caller decides what is answered.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace signpost::system {

struct HttpResponse {
  int status = 200;
  std::string_view content_type;  ///< empty: no body
  std::string location;           ///< for a redirect: absolute http(s), printable ASCII
  std::string_view allow;         ///< methods, for OPTIONS and 405
  std::string body;
};

/// How an answer is sent.
struct Framing {
  bool head_only = false;  ///< answer to HEAD: all fields, no body
  bool keep_alive = true;
  base::Wall now{};
};
/// The whole response as bytes, with the fields that every answer has: no-store, no-referrer, noindex,
/// nosniff and a content security policy that lets a page load our style sheet and post to this
/// host, nothing else.
std::string format_response(const HttpResponse& response, const Framing& framing);

}  // namespace signpost::system
