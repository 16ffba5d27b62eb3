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
        host_(system::requested_host(request)),
        language_(choose_language(request.find("Accept-Language"))) {}

  /// `which`: the rest of the key of a text, "problem.…".
  system::HttpResponse problem(int status, std::string_view which,
                               const track::Token* token = nullptr) const {
    const std::string_view text = all_texts()[language_].find(std::string("problem.").append(which));
    return page(status, PageKind::problem, {{"problem", text}}, token);
  }

  system::HttpResponse not_saved() const {
    const auto minted = track::open_token(site_.sealer, {track::Purpose::unsubscribe, route_.token});
    return problem(503, "not-saved", minted ? &minted->token : nullptr);
  }

  Answer answer() const {
    // Health checks ask by address.
    if (route_.kind == Route::Kind::health) return only(health());
    if (!host_) return only(problem(400, "no-host"));
    if (std::find(site_.hosts.begin(), site_.hosts.end(), *host_) == site_.hosts.end()) {
      return only(problem(421, "other-host"));
    }
    const bool takes_post = route_.kind == Route::Kind::unsubscribe;
    if (request_.method == "OPTIONS") return only({204, {}, {}, takes_post ? kReadAndPost : kRead, {}});
    if (!is_read(request_) && !(takes_post && request_.method == "POST")) {
      system::HttpResponse refused = problem(405, "method");
      refused.allow = takes_post ? kReadAndPost : kRead;
      return only(std::move(refused));
    }
    switch (route_.kind) {
      case Route::Kind::about:
        return only(page(200, PageKind::about, {}));
      case Route::Kind::style:
        return only({200, "text/css; charset=utf-8", {}, {}, site_.style});
      case Route::Kind::apple_links:
        return only(app_links(site_.apple_links));
      case Route::Kind::android_links:
        return only(app_links(site_.android_links));
      case Route::Kind::click:
        return with_token(track::Purpose::click,
                          [this](const track::Minted& minted) { return click(minted); });
      case Route::Kind::open:
        return with_token(track::Purpose::open, [this](const track::Minted& minted) { return open(minted); });
      case Route::Kind::unsubscribe:
        return with_token(track::Purpose::unsubscribe,
                          [this](const track::Minted& minted) { return unsubscribe(minted); });
      case Route::Kind::none:
      case Route::Kind::health:
        break;
    }
    return only(page(404, PageKind::not_found, {}));
  }

 private:
  static Answer only(system::HttpResponse response) { return {std::move(response), std::nullopt}; }

  /// `token`: what the page is about, if anything.
  system::HttpResponse page(int status, PageKind kind, Page::Values values,
                            const track::Token* token = nullptr) const {
    const Sender sender = sender_of(token);
    values.emplace_back("abuse", site_.abuse_contact);
    values.emplace_back("name", sender.name);
    values.emplace_back("contact", sender.contact);
    if (host_) values.emplace_back("host", *host_);
    return {status, kHtml, {}, {}, site_.pages.find(kind, language_).render(values)};
  }

  /// The tenant of the token, else the one whose host was asked; what it does not say of itself is the site's.
  Sender sender_of(const track::Token* token) const {
    Sender sender = site_.sender;
    std::optional<std::uint32_t> tenant;
    if (token != nullptr) tenant = token->tenant;
    if (const auto found = site_.host_tenants.find(host_.value_or(""));
        !tenant && found != site_.host_tenants.end())
      tenant = found->second;
    const auto own = tenant ? site_.tenant_senders.find(*tenant) : site_.tenant_senders.end();
    if (own == site_.tenant_senders.end()) return sender;
    if (!own->second.name.empty()) sender.name = own->second.name;
    if (!own->second.contact.empty()) sender.contact = own->second.contact;
    return sender;
  }

  system::HttpResponse app_links(const std::string& json) const {
    if (json.empty()) return page(404, PageKind::not_found, {});
    return {200, "application/json", {}, {}, json};
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
      return only(page(410, PageKind::gone, {}, &minted->token));
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
            request_.find("Sec-Fetch-Mode"),
            site_.networks.find(system::client_address(request_, site_.trusted_proxies))};
  }

  std::optional<track::Hit> read_hit(track::HitKind kind, const track::Minted& minted) const {
    if (!counts()) return std::nullopt;
    const track::Token& token = minted.token;
    const track::Traces seen = traces();
    track::Graded graded = kind == track::HitKind::open ? track::grade_open(seen) : track::grade_click(seen);
    if (token.link == track::kTrapLink) graded = {track::Grade::scanner, "trap"};
    track::Hit hit{kind, graded.grade, graded.reason, moment_.now, minted.text, {}, {}, {}, seen.network};
    // An unsubscribe link names its recipient in every mode; that is not consent to more.
    if (token.mode == track::Mode::identified && token.purpose != track::Purpose::unsubscribe) {
      hit.client = system::client_address(request_, site_.trusted_proxies);
      hit.agent = request_.find("User-Agent").substr(0, kMaxAgent);
    }
    return hit;
  }

  Answer click(const track::Minted& minted) const {
    return {{302, {}, minted.token.target, {}, {}}, read_hit(track::HitKind::click, minted)};
  }

  Answer open(const track::Minted& minted) const {
    return {{200, "image/gif", {}, {}, std::string(kPixel)}, read_hit(track::HitKind::open, minted)};
  }

  Answer unsubscribe(const track::Minted& minted) const {
    if (request_.method != "POST") return only(question(200, minted));
    const auto fields = system::parse_form(request_.find("Content-Type"), request_.body);
    if (!fields) return only(question(400, minted));
    if (const std::string* undo = system::find_field(*fields, "undo")) return take_back(*undo, minted);
    if (const std::string* one_click = system::find_field(*fields, "List-Unsubscribe")) {
      // RFC 8058 §3.2
      if (base::equals_ignore_case(*one_click, "One-Click")) return done("one-click", minted);
    }
    return system::find_field(*fields, "unsubscribe") != nullptr ? done("form", minted)
                                                                 : only(question(400, minted));
  }

  system::HttpResponse question(int status, const track::Minted& minted) const {
    return page(status, PageKind::unsubscribe, {{"action", action(minted)}}, &minted.token);
  }
  /// To the text that opens, whatever stood around it in the URL.
  static std::string action(const track::Minted& minted) {
    return track::format_path(track::Purpose::unsubscribe, minted.text);
  }

  Answer done(const char* reason, const track::Minted& minted) const {
    const std::string undo = site_.undo.seal(minted.text, moment_.now);
    track::Hit hit{
        track::HitKind::unsubscribe, track::Grade::human, reason, moment_.now, minted.text, {}, {}, {}, {}};
    return {page(200, PageKind::unsubscribed, {{"action", action(minted)}, {"undo", undo}}, &minted.token),
            std::move(hit)};
  }

  Answer take_back(std::string_view undo, const track::Minted& minted) const {
    const auto since = site_.undo.open(undo, minted.text, moment_.now);
    if (!since && since.error().kind == base::ErrorKind::limit)
      return only(problem(403, "too-late", &minted.token));
    if (!since) return only(page(404, PageKind::not_found, {}));
    track::Hit hit{
        track::HitKind::undo, track::Grade::human, "form", moment_.now, minted.text, *since, {}, {}, {}};
    return {page(200, PageKind::restored, {}, &minted.token), std::move(hit)};
  }

  static constexpr std::size_t kMaxAgent = 256;
  const system::HttpRequest& request_;
  const Site& site_;
  const Moment& moment_;
  const Route route_;
  const std::optional<std::string> host_;
  const std::size_t language_;
};

}  // namespace

Answer respond(const system::HttpRequest& request, const Site& site, const Moment& moment) {
  return Responder(request, site, moment).answer();
}

system::HttpResponse unavailable_response(const system::HttpRequest& request, const Site& site) {
  return Responder(request, site, {}).not_saved();
}

}  // namespace signpost::web
