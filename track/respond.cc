#include "track/respond.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "track/respond_form.h"

namespace signpost::track {
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

bool is_read(const HttpRequest& request) {
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
  Responder(const HttpRequest& request, const Site& site, const Moment& moment)
      : request_(request),
        site_(site),
        moment_(moment),
        route_(parse_route(request.target)),
        host_(requested_host(request)) {}

  Answer answer() const {
    // Whoever watches our health asks by address.
    if (route_.kind == Route::Kind::health) return only(health());
    if (!host_) return only(problem(400, "The request names no host."));
    if (std::find(site_.hosts.begin(), site_.hosts.end(), *host_) == site_.hosts.end()) {
      return only(problem(421, "This host is not served here."));
    }
    const bool takes_post = route_.kind == Route::Kind::unsubscribe;
    if (request_.method == "OPTIONS") return only({204, {}, {}, takes_post ? kReadAndPost : kRead, {}});
    if (!is_read(request_) && !(takes_post && request_.method == "POST")) {
      HttpResponse refused = problem(405, "This address cannot be used so.");
      refused.allow = takes_post ? kReadAndPost : kRead;
      return only(std::move(refused));
    }
    switch (route_.kind) {
      case Route::Kind::about:
        return only(page(200, PageKind::about, {}));
      case Route::Kind::style:
        return only({200, "text/css; charset=utf-8", {}, {}, site_.style});
      case Route::Kind::click:
        return with_token(Purpose::click, [this](const Token& token) { return click(token); });
      case Route::Kind::open:
        return with_token(Purpose::open, [this](const Token& token) { return open(token); });
      case Route::Kind::unsubscribe:
        return with_token(Purpose::unsubscribe, [this](const Token&) { return unsubscribe(); });
      case Route::Kind::none:
      case Route::Kind::health:
        break;
    }
    return only(page(404, PageKind::not_found, {}));
  }

 private:
  static Answer only(HttpResponse response) { return {std::move(response), std::nullopt}; }

  HttpResponse page(int status, PageKind kind, Page::Values values) const {
    values.emplace_back("abuse", site_.abuse_contact);
    if (host_) values.emplace_back("host", *host_);
    return {status, kHtml, {}, {}, site_.pages[kind].render(values)};
  }
  HttpResponse problem(int status, std::string_view text) const {
    return page(status, PageKind::problem, {{"problem", text}});
  }

  HttpResponse health() const {
    if (moment_.troubles.empty()) return {200, kText, {}, {}, "ok\n"};
    std::string body;
    for (const char* trouble : moment_.troubles) body.append(trouble).append("\n");
    return {503, kText, {}, {}, std::move(body)};
  }

  template <class Act>
  Answer with_token(Purpose purpose, Act act) const {
    const auto token = site_.sealer.open(route_.token, purpose);
    if (!token || (purpose == Purpose::click && !is_safe_location(token->target))) {
      return only(page(404, PageKind::not_found, {}));
    }
    if (is_blocked(*moment_.blocks, *token, route_.token)) return only(page(410, PageKind::gone, {}));
    return act(*token);
  }

  /// HEAD looks, and a conditional request asks for what it has seen before: neither counts.
  bool counts() const {
    static constexpr std::string_view kConditions[] = {"If-None-Match", "If-Modified-Since", "If-Match",
                                                       "If-Unmodified-Since", "If-Range"};  // RFC 9110 §13.1
    return request_.method == "GET" &&
           std::all_of(std::begin(kConditions), std::end(kConditions),
                       [this](std::string_view name) { return request_.find(name).empty(); });
  }

  Traces traces() const {
    return {request_.find("User-Agent"),
            {request_.find("Sec-Purpose"), request_.find("Purpose"), request_.find("X-Purpose"),
             request_.find("X-Moz")},
            request_.find("Sec-Fetch-Mode")};
  }

  std::optional<Hit> read_hit(HitKind kind, const Token& token, const Graded& graded) const {
    if (!counts()) return std::nullopt;
    Hit hit{kind, graded.grade, graded.reason, moment_.now, std::string(route_.token), {}, {}, {}};
    // An unsubscribe link names its recipient in every mode; that is no consent to more.
    if (token.mode == Mode::identified && token.purpose != Purpose::unsubscribe) {
      hit.client = client_address(request_, site_.trusted_proxies);
      hit.agent = request_.find("User-Agent").substr(0, kMaxAgent);
    }
    return hit;
  }

  Answer click(const Token& token) const {
    return {{302, {}, token.target, {}, {}}, read_hit(HitKind::click, token, grade_click(traces()))};
  }

  Answer open(const Token& token) const {
    return {{200, "image/gif", {}, {}, std::string(kPixel)},
            read_hit(HitKind::open, token, grade_open(traces()))};
  }

  Answer unsubscribe() const {
    if (request_.method != "POST") return only(question(200));
    const auto fields = parse_form(request_.find("Content-Type"), request_.body);
    if (!fields) return only(question(400));
    if (const std::string* undo = find_field(*fields, "undo")) return take_back(*undo);
    if (const std::string* one_click = find_field(*fields, "List-Unsubscribe")) {
      // RFC 8058 §3.2
      if (base::equals_ignore_case(*one_click, "One-Click")) return done("one-click");
    }
    return find_field(*fields, "unsubscribe") != nullptr ? done("form") : only(question(400));
  }

  HttpResponse question(int status) const {
    return page(status, PageKind::unsubscribe, {{"action", action()}});
  }
  std::string action() const { return format_path(Purpose::unsubscribe, route_.token); }

  Answer done(const char* reason) const {
    const std::string undo = site_.undo.seal(route_.token, moment_.now);
    Hit hit{HitKind::unsubscribe, Grade::human, reason, moment_.now, std::string(route_.token), {}, {}, {}};
    return {page(200, PageKind::unsubscribed, {{"action", action()}, {"undo", undo}}), std::move(hit)};
  }

  Answer take_back(std::string_view undo) const {
    const auto since = site_.undo.open(undo, route_.token, moment_.now);
    if (!since && since.error().kind == base::ErrorKind::limit) {
      return only(problem(403, "The ten minutes are over. You stay unsubscribed."));
    }
    if (!since) return only(page(404, PageKind::not_found, {}));
    Hit hit{HitKind::undo, Grade::human, "form", moment_.now, std::string(route_.token), *since, {}, {}};
    return {page(200, PageKind::restored, {}), std::move(hit)};
  }

  static constexpr std::size_t kMaxAgent = 256;
  const HttpRequest& request_;
  const Site& site_;
  const Moment& moment_;
  const Route route_;
  const std::optional<std::string> host_;
};

}  // namespace

Answer respond(const HttpRequest& request, const Site& site, const Moment& moment) {
  return Responder(request, site, moment).answer();
}

HttpResponse unavailable_response(const Site& site) {
  return {503,
          kHtml,
          {},
          {},
          site.pages[PageKind::problem].render(
              {{"problem", "Your wish could not be kept. Please try again in a minute."}})};
}

}  // namespace signpost::track
