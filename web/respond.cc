#include "web/respond.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "system/http_form.h"
#include "track/token_url.h"

namespace signpost::web {
namespace {

constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kRead = "GET, HEAD, OPTIONS";
constexpr std::string_view kReadAndPost = "GET, HEAD, OPTIONS, POST";

/// A transparent pixel: GIF89a, one by one.
constexpr std::string_view kPixel{
    "GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF!\xF9\x04\x01\0\0\0\0,"
    "\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;",
    43};

bool is_read(const system::HttpRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

/// The last gate before a Location: whatever the token says, nothing else gets through.
bool is_safe_location(std::string_view target) {
  if (!base::starts_with_ignore_case(target, "http://") &&
      !base::starts_with_ignore_case(target, "https://")) {
    return false;
  }
  return std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// One request being answered.
class Responder {
 public:
  Responder(const system::HttpRequest& request, const Site& site, const Moment& moment)
      : request_(request),
        site_(site),
        moment_(moment),
        route_(parse_route(request.target)),
        host_(system::requested_host(request)) {}

  Answer answer() const {
    // Health checks ask by address.
    if (route_.kind == Route::Kind::health) return only(health());
    if (!host_) return only(problem(400, "The request does not name a host."));
    if (std::find(site_.hosts.begin(), site_.hosts.end(), *host_) == site_.hosts.end()) {
      return only(problem(421, "This server does not answer for the host that was requested."));
    }
    const bool takes_post = route_.kind == Route::Kind::unsubscribe;
    if (request_.method == "OPTIONS") return only({204, {}, {}, takes_post ? kReadAndPost : kRead, {}});
    if (!is_read(request_) && !(takes_post && request_.method == "POST")) {
      system::HttpResponse refused =
          problem(405, "This kind of request is not possible here. Please open the link in your browser.");
      refused.allow = takes_post ? kReadAndPost : kRead;
      return only(std::move(refused));
    }
    switch (route_.kind) {
      case Route::Kind::about:
        return only(page(200, PageKind::about, {}));
      case Route::Kind::style:
        return only({200, "text/css; charset=utf-8", {}, {}, site_.style});
      case Route::Kind::click:
        return with_token(track::Purpose::click,
                          [this](const track::Minted& minted) { return click(minted); });
      case Route::Kind::open:
        return with_token(track::Purpose::open, [this](const track::Minted& minted) { return open(minted); });
      case Route::Kind::unsubscribe:
        return with_token(track::Purpose::unsubscribe,
                          [this](const track::Minted& minted) { return unsubscribe(minted.text); });
      case Route::Kind::none:
      case Route::Kind::health:
        break;
    }
    return only(page(404, PageKind::not_found, {}));
  }

 private:
  static Answer only(system::HttpResponse response) { return {std::move(response), std::nullopt}; }

  system::HttpResponse page(int status, PageKind kind, Page::Values values) const {
    values.emplace_back("abuse", site_.abuse_contact);
    if (host_) values.emplace_back("host", *host_);
    return {status, kHtml, {}, {}, site_.pages[kind].render(values)};
  }
  system::HttpResponse problem(int status, std::string_view text) const {
    return page(status, PageKind::problem, {{"problem", text}});
  }

  system::HttpResponse health() const {
    if (moment_.failures.empty()) return {200, kText, {}, {}, "ok\n"};
    std::string body;
    for (const char* failure : moment_.failures) body.append(failure).append("\n");
    return {503, kText, {}, {}, std::move(body)};
  }

  template <class Act>
  Answer with_token(track::Purpose purpose, Act act) const {
    const auto minted = track::open_token(site_.sealer, {purpose, route_.token});
    if (!minted || (purpose == track::Purpose::click && !is_safe_location(minted->token.target))) {
      return only(page(404, PageKind::not_found, {}));
    }
    if (track::is_blocked(*moment_.blocks, minted->token, minted->text))
      return only(page(410, PageKind::gone, {}));
    return act(*minted);
  }

  /// HEAD looks, and a conditional request asks for what it has seen before: neither counts.
  bool counts() const {
    static constexpr std::string_view kConditions[] = {"If-None-Match", "If-Modified-Since", "If-Match",
                                                       "If-Unmodified-Since", "If-Range"};  // RFC 9110 §13.1
    return request_.method == "GET" &&
           std::all_of(std::begin(kConditions), std::end(kConditions),
                       [this](std::string_view name) { return request_.find(name).empty(); });
  }

  track::Traces traces() const {
    return {request_.find("User-Agent"),
            {request_.find("Sec-Purpose"), request_.find("Purpose"), request_.find("X-Purpose"),
             request_.find("X-Moz")},
            request_.find("Sec-Fetch-Mode")};
  }

  std::optional<track::Hit> read_hit(track::HitKind kind, const track::Minted& minted,
                                     const track::Graded& graded) const {
    if (!counts()) return std::nullopt;
    const track::Token& token = minted.token;
    track::Hit hit{kind, graded.grade, graded.reason, moment_.now, minted.text, {}, {}, {}};
    // An unsubscribe link names its recipient in every mode; that is not consent to more.
    if (token.mode == track::Mode::identified && token.purpose != track::Purpose::unsubscribe) {
      hit.client = system::client_address(request_, site_.trusted_proxies);
      hit.agent = request_.find("User-Agent").substr(0, kMaxAgent);
    }
    return hit;
  }

  Answer click(const track::Minted& minted) const {
    return {{302, {}, minted.token.target, {}, {}},
            read_hit(track::HitKind::click, minted, track::grade_click(traces()))};
  }

  Answer open(const track::Minted& minted) const {
    return {{200, "image/gif", {}, {}, std::string(kPixel)},
            read_hit(track::HitKind::open, minted, track::grade_open(traces()))};
  }

  /// `token`: the text that opens, whatever stood around it in the URL; so also below.
  Answer unsubscribe(const std::string& token) const {
    if (request_.method != "POST") return only(question(200, token));
    const auto fields = system::parse_form(request_.find("Content-Type"), request_.body);
    if (!fields) return only(question(400, token));
    if (const std::string* undo = system::find_field(*fields, "undo")) return take_back(*undo, token);
    if (const std::string* one_click = system::find_field(*fields, "List-Unsubscribe")) {
      // RFC 8058 §3.2
      if (base::equals_ignore_case(*one_click, "One-Click")) return done("one-click", token);
    }
    return system::find_field(*fields, "unsubscribe") != nullptr ? done("form", token)
                                                                 : only(question(400, token));
  }

  system::HttpResponse question(int status, const std::string& token) const {
    return page(status, PageKind::unsubscribe, {{"action", action(token)}});
  }
  static std::string action(const std::string& token) {
    return track::format_path(track::Purpose::unsubscribe, token);
  }

  Answer done(const char* reason, const std::string& token) const {
    const std::string undo = site_.undo.seal(token, moment_.now);
    track::Hit hit{track::HitKind::unsubscribe, track::Grade::human, reason, moment_.now, token, {}, {}, {}};
    return {page(200, PageKind::unsubscribed, {{"action", action(token)}, {"undo", undo}}), std::move(hit)};
  }

  Answer take_back(std::string_view undo, const std::string& token) const {
    const auto since = site_.undo.open(undo, token, moment_.now);
    if (!since && since.error().kind == base::ErrorKind::limit) {
      return only(problem(
          403,
          "An unsubscribe can be undone for ten minutes only, and they are over. You remain unsubscribed."));
    }
    if (!since) return only(page(404, PageKind::not_found, {}));
    track::Hit hit{track::HitKind::undo, track::Grade::human, "form", moment_.now, token, *since, {}, {}};
    return {page(200, PageKind::restored, {}), std::move(hit)};
  }

  static constexpr std::size_t kMaxAgent = 256;
  const system::HttpRequest& request_;
  const Site& site_;
  const Moment& moment_;
  const Route route_;
  const std::optional<std::string> host_;
};

}  // namespace

Answer respond(const system::HttpRequest& request, const Site& site, const Moment& moment) {
  return Responder(request, site, moment).answer();
}

system::HttpResponse unavailable_response(const Site& site) {
  return {503,
          kHtml,
          {},
          {},
          site.pages[PageKind::problem].render(
              {{"problem",
                "Your request could not be saved, so nothing has changed. Please try again in a minute."}})};
}

}  // namespace signpost::web
