// The web program's decisions: a request in, a response and perhaps a Hit out. Pure; the only place that says
// when a link redirects, when a page is shown and when something counts. GET, HEAD and OPTIONS never make a
// Hit that changes anything.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ip.h"
#include "system/http_response.h"
#include "track/blocks.h"
#include "track/hit.h"
#include "track/token.h"
#include "track/undo.h"
#include "web/networks.h"
#include "web/page.h"
#include "web/request.h"

namespace signpost::web {

/// Who sends mail, as its recipients are told on the pages; each may be empty.
struct Sender {
  std::string name;
  std::string contact;  ///< an address, or where to write
};

/// Everything that is configured. Immutable once built.
struct Site {
  std::vector<std::string> hosts;  ///< answered, canonical
  std::vector<base::Network> trusted_proxies;
  std::string abuse_contact;
  track::Sealer sealer;
  track::UndoSealer undo;
  Pages pages;
  std::string style{default_style()};
  Sender sender = {};
  std::map<std::uint32_t, Sender> tenant_senders = {};     ///< by tenant id
  std::map<std::string, std::uint32_t> host_tenants = {};  ///< whose a tracking host is
  /// JSON by which phones let an app open some links (/.well-known/apple-app-site-association, assetlinks.json); empty:
  /// there is none.
  std::string apple_links = {};
  std::string android_links = {};
  Networks networks = {};
};

/// What may differ from one request to the next.
struct Moment {
  const track::Blocks* blocks = nullptr;  ///< never null
  std::vector<const char*> failures;      ///< fixed words; empty: healthy
  base::Wall now{};
};

struct Answer {
  system::HttpResponse response;
  /// For an unsubscribe or undo the response is true only once this is on disk.
  std::optional<track::Hit> hit;
};

Answer respond(const system::HttpRequest& request, const Site& site, const Moment& moment);

/// To the same request: the answer instead of a page that says "done" when its Hit could not be kept: 503.
system::HttpResponse unavailable_response(const system::HttpRequest& request, const Site& site);

}  // namespace signpost::web
