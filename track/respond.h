// The web program's decisions: a request in, a response and perhaps a Hit out. Pure; the only place that says
// when a link redirects, when a page is shown and when something counts. GET, HEAD and OPTIONS never make a
// Hit that changes anything.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "mail/envelope.h"
#include "track/hit.h"
#include "track/page.h"
#include "track/respond_blocks.h"
#include "track/respond_request.h"
#include "track/respond_undo.h"
#include "track/token.h"

namespace signpost::track {

/// All that is configured. Immutable once built.
struct Site {
  std::vector<std::string> hosts;  ///< answered, canonical
  std::vector<mail::Network> trusted_proxies;
  std::string abuse_contact;
  Sealer sealer;
  UndoSealer undo;
  Pages pages;
  std::string style{default_style()};
};

/// What may differ from one request to the next.
struct Moment {
  const Blocks* blocks = nullptr;     ///< never null
  std::vector<const char*> troubles;  ///< fixed words; empty: healthy
  base::Wall now{};
};

struct HttpResponse {
  int status = 200;
  std::string_view content_type;  ///< empty: no body
  std::string location;           ///< for a redirect: absolute http(s), printable ASCII
  std::string_view allow;         ///< methods, for OPTIONS and 405
  std::string body;
};

struct Answer {
  HttpResponse response;
  /// For an unsubscribe or undo the response is true only once this is on disk.
  std::optional<Hit> hit;
};

Answer respond(const HttpRequest& request, const Site& site, const Moment& moment);

/// The answer instead of a page that says "done" when its Hit could not be kept: 503.
HttpResponse unavailable_response(const Site& site);

/// How an answer travels.
struct Framing {
  bool head_only = false;  ///< answer to HEAD: all fields, no body
  bool keep_alive = true;
  base::Wall now{};
};
/// The whole response as bytes, with the fields that every answer has: no-store, no-referrer, noindex,
/// nosniff and a content security policy that lets a page load our style sheet and post to this host, nothing
/// else.
std::string format_response(const HttpResponse& response, const Framing& framing);

}  // namespace signpost::track
