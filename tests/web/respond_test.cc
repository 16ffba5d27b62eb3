// What the web program answers, as tables: request in, status and hit out.
#include "web/respond.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "track/token_url.h"

namespace signpost::web {
namespace {

constexpr base::Wall kNow{std::chrono::milliseconds(1'795'435'200'123)};
constexpr std::string_view kBrowser =
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

base::Keyring ring() {
  return {{{7, base::KeyState::active, std::string(32, 'k')}}};
}

Site make_site() {
  return Site{{"click.example.com"},
              {*base::parse_network("127.0.0.0/8"), *base::parse_network("10.0.0.0/8")},
              "abuse@example.com",
              std::move(*track::Sealer::create(ring())),
              *track::UndoSealer::create(ring()),
              Pages(),
              std::string(default_style())};
}

class Respond : public testing::Test {
 protected:
  Respond() {
    click_.target = "https://shop.example/sale?a=1&b=2#top";
    click_.tenant = 0x1a2b3c4d;
    click_.campaign = "spring sale";
    open_.purpose = track::Purpose::open;
    unsubscribe_.purpose = track::Purpose::unsubscribe;
    unsubscribe_.mode = track::Mode::identified;
    unsubscribe_.tenant = 0x1a2b3c4d;
    unsubscribe_.recipient = "ann@example.org";
    unsubscribe_.stream = "bulk";
  }

  std::string path(const track::Token& token) const {
    return track::format_path(token.purpose, site_.sealer.seal(token));
  }

  system::HttpRequest request(std::string_view method, std::string_view target) const {
    return {method,
            target,
            {{"Host", "click.example.com"}, {"User-Agent", kBrowser}},
            {},
            base::parse_ip("127.0.0.1").value()};
  }
  system::HttpRequest post(std::string_view target, std::string_view body,
                           std::string_view type = "application/x-www-form-urlencoded") const {
    system::HttpRequest posted = request("POST", target);
    posted.fields.emplace_back("Content-Type", type);
    posted.body = body;
    return posted;
  }
  Answer ask(const system::HttpRequest& asked, base::Wall now = kNow) const {
    return respond(asked, site_, {&blocks_, {}, now});
  }

  /// The value of the hidden field `undo` in an answer.
  static std::string undo_in(const Answer& answer) {
    const std::string mark = "name=\"undo\" value=\"";
    const std::size_t start = answer.response.body.find(mark) + mark.size();
    return answer.response.body.substr(start, answer.response.body.find('"', start) - start);
  }

  Site site_ = make_site();
  track::Blocks blocks_;
  track::Token click_;
  track::Token open_;
  track::Token unsubscribe_;
};

TEST_F(Respond, RedirectsAClickToItsTargetAndTellsOfIt) {
  const std::string target = path(click_);
  const Answer answer = ask(request("GET", target));
  EXPECT_EQ(answer.response.status, 302);
  EXPECT_EQ(answer.response.location, click_.target);
  ASSERT_TRUE(answer.hit);
  EXPECT_EQ(answer.hit->kind, track::HitKind::click);
  EXPECT_EQ(answer.hit->grade, track::Grade::human);
  EXPECT_EQ(answer.hit->at, kNow);
  EXPECT_EQ("/c/" + answer.hit->token, target);
}

TEST_F(Respond, ServesThePixel) {
  const Answer answer = ask(request("GET", path(open_)));
  EXPECT_EQ(answer.response.status, 200);
  EXPECT_EQ(answer.response.content_type, "image/gif");
  EXPECT_EQ(answer.response.body.size(), 43u);
  EXPECT_EQ(answer.response.body.substr(0, 6), "GIF89a");
  EXPECT_EQ(answer.response.body.back(), ';');
  ASSERT_TRUE(answer.hit);
  EXPECT_EQ(answer.hit->kind, track::HitKind::open);
}

TEST_F(Respond, AnswersEveryMethodAndPath) {
  const std::string click = path(click_), open = path(open_), unsubscribe = path(unsubscribe_);
  struct Row {
    const char* method;
    std::string target;
    int status;
    bool hit;
  };
  const Row rows[] = {
      {"GET", "/", 200, false},
      {"HEAD", "/", 200, false},
      {"POST", "/", 405, false},
      {"GET", "/?x", 200, false},
      {"GET", "/style.css", 200, false},
      {"GET", "/healthz", 200, false},
      {"GET", "/metrics", 404, false},
      {"GET", "/favicon.ico", 404, false},
      {"GET", "", 404, false},
      {"OPTIONS", "*", 204, false},
      {"GET", click, 302, true},
      {"GET", click + "?utm_source=x&fbclid=y", 302, true},
      {"GET", click + "#part", 302, true},
      {"GET", "http://click.example.com" + click, 302, true},
      {"GET", "http://other.example" + click, 421, false},
      {"HEAD", click, 302, false},
      {"OPTIONS", click, 204, false},
      {"POST", click, 405, false},
      {"DELETE", click, 405, false},
      {"get", click, 405, false},
      {"GET", click + "x", 404, false},
      {"GET", click.substr(0, click.size() - 1), 404, false},
      {"GET", click + "/", 302, true},
      {"GET", click + "%20", 302, true},
      {"GET", "/" + click + ".", 302, true},
      {"GET", "/o" + click.substr(2) + ".gif", 404, false},
      {"GET", "/u" + click.substr(2), 404, false},
      {"GET", "/c" + unsubscribe.substr(2), 404, false},
      {"GET", "/c/", 404, false},
      {"GET", "/c//evil.example/", 404, false},
      {"GET", "/c/https://evil.example/", 404, false},
      {"GET", "//evil.example" + click, 404, false},
      {"GET", open, 200, true},
      {"GET", open + "?again", 200, true},
      {"HEAD", open, 200, false},
      {"POST", open, 405, false},
      {"GET", open.substr(0, open.size() - 4), 200, true},
      {"GET", open.substr(0, open.size() - 6), 404, false},
      {"GET", unsubscribe, 200, false},
      {"HEAD", unsubscribe, 200, false},
      {"OPTIONS", unsubscribe, 204, false},
      {"PUT", unsubscribe, 405, false},
      {"GET", unsubscribe + "?List-Unsubscribe=One-Click", 200, false},
  };
  for (const Row& row : rows) {
    const Answer answer = ask(request(row.method, row.target));
    EXPECT_EQ(answer.response.status, row.status) << row.method << " " << row.target;
    EXPECT_EQ(answer.hit.has_value(), row.hit) << row.method << " " << row.target;
    EXPECT_EQ(answer.response.location.empty(), row.status != 302) << row.target;
  }
}

TEST_F(Respond, NamesTheMethodsItTakes) {
  EXPECT_EQ(ask(request("OPTIONS", path(unsubscribe_))).response.allow, "GET, HEAD, OPTIONS, POST");
  EXPECT_EQ(ask(request("PUT", path(click_))).response.allow, "GET, HEAD, OPTIONS");
}

TEST_F(Respond, AnswersOnlyItsHosts) {
  const struct {
    std::vector<std::pair<std::string_view, std::string_view>> hosts;
    int status;
  } rows[] = {
      {{{"Host", "click.example.com"}}, 302},
      {{{"host", "Click.Example.COM."}}, 302},
      {{{"Host", "click.example.com:443"}}, 302},
      {{{"Host", "click.example.com:evil"}}, 400},
      {{{"Host", "other.example"}}, 421},
      {{{"Host", "evil.click.example.com"}}, 421},
      {{{"Host", "127.0.0.1:8880"}}, 421},
      {{{"Host", ""}}, 400},
      {{}, 400},
      {{{"Host", "click.example.com"}, {"Host", "click.example.com"}}, 400},
  };
  const std::string target = path(click_);
  for (const auto& row : rows) {
    system::HttpRequest asked = request("GET", target);
    asked.fields = row.hosts;
    const Answer answer = ask(asked);
    EXPECT_EQ(answer.response.status, row.status) << (row.hosts.empty() ? "-" : row.hosts.front().second);
    EXPECT_EQ(answer.hit.has_value(), row.status == 302);
  }
}

TEST_F(Respond, TellsItsHealthToWhoeverAsks) {
  system::HttpRequest asked = request("GET", "/healthz");
  asked.fields.clear();
  EXPECT_EQ(ask(asked).response.body, "ok\n");
  const Answer red = respond(asked, site_, {&blocks_, {"spool-failing", "blocks-missing"}, kNow});
  EXPECT_EQ(red.response.status, 503);
  EXPECT_EQ(red.response.body, "spool-failing\nblocks-missing\n");
}

TEST_F(Respond, NeverRedirectsToWhatNobodySealed) {
  const std::string good = path(click_);
  for (std::size_t i = 3; i < good.size(); ++i) {
    for (const char c : {'A', '_', '9', '/', '.', '\0'}) {
      std::string damaged = good;
      if (damaged[i] == c) continue;
      // The letter that may stand behind a sign at the end tells nothing.
      if (i + 1 == good.size() && good.substr(3).size() % 4 == 1) continue;
      damaged[i] = c;
      const Answer answer = ask(request("GET", damaged));
      ASSERT_EQ(answer.response.status, 404) << damaged;
      ASSERT_TRUE(answer.response.location.empty());
      ASSERT_FALSE(answer.hit);
    }
  }
}

TEST_F(Respond, IsAPageForPeopleWhenALinkIsUnknown) {
  const Answer answer = ask(request("GET", "/c/abcd"));
  EXPECT_EQ(answer.response.content_type, "text/html; charset=utf-8");
  EXPECT_NE(answer.response.body.find("<h1>This link does not work</h1>"), std::string::npos);
}

TEST_F(Respond, AnswersGoneWhenTheSwitchIsThrown) {
  blocks_.hosts = {"shop.example"};
  EXPECT_EQ(ask(request("GET", path(click_))).response.status, 410);
  EXPECT_FALSE(ask(request("GET", path(click_))).hit);
  EXPECT_EQ(ask(request("GET", path(open_))).response.status, 200);
  blocks_ = {};
  blocks_.tenants = {0x1a2b3c4d};
  EXPECT_EQ(ask(request("GET", path(click_))).response.status, 410);
  EXPECT_EQ(ask(post(path(unsubscribe_), "unsubscribe=yes")).response.status, 200) << "the way out stays";
  blocks_ = {};
  blocks_.key_ids = {7};
  EXPECT_EQ(ask(post(path(unsubscribe_), "unsubscribe=yes")).response.status, 410)
      << "somebody else may have minted it";
}

TEST_F(Respond, ShowsAPageWithOneButtonAndNoAddress) {
  const std::string target = path(unsubscribe_);
  const Answer answer = ask(request("GET", target));
  const std::string& body = answer.response.body;
  EXPECT_FALSE(answer.hit);
  EXPECT_EQ(body.find("ann@"), std::string::npos);
  EXPECT_EQ(body.find("<script"), std::string::npos);
  EXPECT_NE(body.find("<html lang=\"en\">"), std::string::npos);
  EXPECT_NE(body.find("action=\"" + target + "\""), std::string::npos);
  EXPECT_EQ(body.find("<button"), body.rfind("<button"));
}

TEST_F(Respond, UnsubscribesOnAPostOnly) {
  const std::string target = path(unsubscribe_);
  const std::string multipart =
      "--X\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--X--\r\n";
  const struct {
    std::string body;
    std::string type;
    int status;
    const char* reason;
  } rows[] = {
      {"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded", 200, "one-click"},
      {"List-Unsubscribe=One-Click\r\n", "application/x-www-form-urlencoded", 200, "one-click"},
      {"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded; charset=utf-8", 200, "one-click"},
      {multipart, "multipart/form-data; boundary=X", 200, "one-click"},
      {multipart, "multipart/form-data; boundary=\"X\"", 200, "one-click"},
      {"unsubscribe=yes", "application/x-www-form-urlencoded", 200, "form"},
      {"", "application/x-www-form-urlencoded", 400, nullptr},
      {"List-Unsubscribe=No", "application/x-www-form-urlencoded", 400, nullptr},
      {"List-Unsubscribe=One-Click", "application/json", 400, nullptr},
      {"List-Unsubscribe=One-Click", "multipart/form-data; boundary=X", 400, nullptr},
      {"undo=abcd", "application/x-www-form-urlencoded", 404, nullptr},
  };
  for (const auto& row : rows) {
    const Answer answer = ask(post(target, row.body, row.type));
    EXPECT_EQ(answer.response.status, row.status) << row.body;
    EXPECT_EQ(answer.response.body.find("ann@"), std::string::npos);
    ASSERT_EQ(answer.hit.has_value(), row.reason != nullptr) << row.body;
    if (!answer.hit) continue;
    EXPECT_EQ(answer.hit->kind, track::HitKind::unsubscribe);
    EXPECT_EQ(answer.hit->reason, row.reason);
    EXPECT_EQ("/u/" + answer.hit->token, target);
  }
}

TEST_F(Respond, TakesBackItsOwnUnsubscribeForTenMinutes) {
  const std::string target = path(unsubscribe_);
  const std::string undo = undo_in(ask(post(target, "unsubscribe=yes")));
  const Answer in_time = ask(post(target, "undo=" + undo), kNow + track::kUndoTime);
  EXPECT_EQ(in_time.response.status, 200);
  ASSERT_TRUE(in_time.hit);
  EXPECT_EQ(in_time.hit->kind, track::HitKind::undo);
  EXPECT_EQ(in_time.hit->undoes, kNow);

  const Answer late =
      ask(post(target, "undo=" + undo), kNow + track::kUndoTime + std::chrono::milliseconds(1));
  EXPECT_EQ(late.response.status, 403);
  EXPECT_FALSE(late.hit);

  track::Token other = unsubscribe_;
  other.recipient = "bob@example.org";
  const Answer foreign = ask(post(path(other), "undo=" + undo));
  EXPECT_EQ(foreign.response.status, 404);
  EXPECT_FALSE(foreign.hit);
}

TEST_F(Respond, DoesNotCountConditionalRequests) {
  system::HttpRequest asked = request("GET", "");
  const std::string target = path(open_);
  asked.target = target;
  for (const char* condition :
       {"If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "if-range"}) {
    asked.fields.emplace_back(condition, "\"x\"");
    EXPECT_EQ(ask(asked).response.status, 200);
    EXPECT_FALSE(ask(asked).hit) << condition;
    asked.fields.pop_back();
  }
}

TEST_F(Respond, AMailScannersNetworkAndTheHiddenLinkTell) {
  const auto graded = [&](const track::Token& token, const char* client) {
    const std::string target = path(token);
    system::HttpRequest asked = request("GET", target);
    asked.peer = base::parse_ip(client).value();
    const Answer answer = ask(asked);
    EXPECT_EQ(answer.response.status, token.purpose == track::Purpose::click ? 302 : 200);
    return answer.hit->reason + " " + track::grade_word(answer.hit->grade);
  };
  EXPECT_EQ(graded(click_, "40.107.1.2"), "network scanner");
  EXPECT_EQ(graded(open_, "40.107.1.2"), "network scanner");
  EXPECT_EQ(graded(click_, "192.0.2.1"), "browser human");
  click_.link = track::kTrapLink;
  EXPECT_EQ(graded(click_, "192.0.2.1"), "trap scanner");
}

TEST_F(Respond, GradesEveryHit) {
  using Fields = std::vector<std::pair<std::string_view, std::string_view>>;
  const struct {
    Fields fields;
    track::Graded click;
    track::Graded open;
  } rows[] = {
      {{{"User-Agent", kBrowser}}, {track::Grade::human, "browser"}, {track::Grade::human, "mail-client"}},
      {{{"User-Agent", kBrowser}, {"Sec-Fetch-Mode", "navigate"}},
       {track::Grade::human, "browser"},
       {track::Grade::human, "mail-client"}},
      {{{"User-Agent", kBrowser}, {"Sec-Fetch-Mode", "no-cors"}},
       {track::Grade::prefetch, "not-navigation"},
       {track::Grade::human, "mail-client"}},
      {{{"User-Agent", kBrowser}, {"Sec-Purpose", "prefetch;prerender"}},
       {track::Grade::prefetch, "purpose-header"},
       {track::Grade::prefetch, "purpose-header"}},
      {{{"User-Agent", kBrowser}, {"Sec-Purpose", "x"}, {"Purpose", "prefetch"}},
       {track::Grade::prefetch, "purpose-header"},
       {track::Grade::prefetch, "purpose-header"}},
      {{{"User-Agent", kBrowser}, {"X-Moz", "prefetch"}},
       {track::Grade::prefetch, "purpose-header"},
       {track::Grade::prefetch, "purpose-header"}},
      {{}, {track::Grade::scanner, "no-agent"}, {track::Grade::scanner, "no-agent"}},
      {{{"User-Agent", "curl/7.88.1"}}, {track::Grade::scanner, "agent"}, {track::Grade::scanner, "agent"}},
      {{{"User-Agent", "Mozilla/5.0 (compatible; SomeBot/2.1)"}},
       {track::Grade::scanner, "agent"},
       {track::Grade::scanner, "agent"}},
      {{{"User-Agent", "Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) Chrome/120.0 Mobile Safari/537.36"}},
       {track::Grade::human, "browser"},
       {track::Grade::human, "mail-client"}},
      {{{"User-Agent", "Mozilla/5.0 (Linux; CUBOT; compatible; Googlebot/2.1)"}},
       {track::Grade::scanner, "agent"},
       {track::Grade::scanner, "agent"}},
      {{{"User-Agent", "Mozilla/5.0"}},
       {track::Grade::human, "browser"},
       {track::Grade::privacy, "mail-privacy"}},
      {{{"User-Agent",
         "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"}},
       {track::Grade::human, "browser"},
       {track::Grade::human, "image-proxy"}},
  };
  for (const auto& row : rows) {
    system::HttpRequest asked{"GET", {}, {{"Host", "click.example.com"}}, {}, std::nullopt};
    asked.fields.insert(asked.fields.end(), row.fields.begin(), row.fields.end());
    const std::string click = path(click_), open = path(open_);
    asked.target = click;
    const Answer clicked = ask(asked);
    asked.target = open;
    const Answer opened = ask(asked);
    ASSERT_TRUE(clicked.hit && opened.hit);
    EXPECT_EQ(clicked.hit->grade, row.click.grade) << row.click.reason;
    EXPECT_EQ(clicked.hit->reason, row.click.reason);
    EXPECT_EQ(opened.hit->grade, row.open.grade) << row.open.reason;
    EXPECT_EQ(opened.hit->reason, row.open.reason);
  }
}

TEST_F(Respond, KeepsAddressAndAgentOfIdentifiedLinksOnly) {
  for (const track::Mode mode :
       {track::Mode::anonymous, track::Mode::pseudonymous, track::Mode::identified}) {
    click_.mode = mode;
    const std::string target = path(click_);
    system::HttpRequest asked = request("GET", target);
    asked.fields.emplace_back("X-Forwarded-For", "192.0.2.7");
    const Answer answer = ask(asked);
    ASSERT_TRUE(answer.hit);
    EXPECT_EQ(answer.hit->client, mode == track::Mode::identified ? "192.0.2.7" : "");
    EXPECT_EQ(answer.hit->agent, mode == track::Mode::identified ? kBrowser : "");
  }
}

TEST_F(Respond, AnUnsubscribeTellsNothingOfAddressAndAgent) {
  const std::string target = path(unsubscribe_);
  system::HttpRequest asked = request("POST", target);
  asked.fields.emplace_back("X-Forwarded-For", "192.0.2.7");
  asked.fields.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  asked.body = "List-Unsubscribe=One-Click";
  const Answer answer = ask(asked);
  ASSERT_TRUE(answer.hit);
  EXPECT_EQ(answer.hit->kind, track::HitKind::unsubscribe);
  EXPECT_EQ(answer.hit->client, "");
  EXPECT_EQ(answer.hit->agent, "");
}

TEST_F(Respond, BelievesForwardedAddressesOfTrustedProxiesOnly) {
  using Values = std::vector<std::string_view>;
  const struct {
    const char* peer;  ///< "": unix socket
    Values forwarded;
    const char* client;
  } rows[] = {
      {"127.0.0.1", {}, "127.0.0.1"},
      {"198.51.100.1", {"192.0.2.7"}, "198.51.100.1"},
      {"127.0.0.1", {"192.0.2.7"}, "192.0.2.7"},
      {"", {"192.0.2.7"}, "192.0.2.7"},
      {"", {}, ""},
      {"127.0.0.1", {"203.0.113.9, 192.0.2.7"}, "192.0.2.7"},
      {"127.0.0.1", {"192.0.2.7, 10.1.2.3"}, "192.0.2.7"},
      {"127.0.0.1", {"192.0.2.7", "10.1.2.3"}, "192.0.2.7"},
      {"127.0.0.1", {"[2001:db8::1]:443"}, "2001:db8::1"},
      {"127.0.0.1", {"192.0.2.7:5000"}, "192.0.2.7"},
      {"127.0.0.1", {"192.0.2.7, nonsense"}, ""},
      {"127.0.0.1", {"[", "]"}, ""},
      {"127.0.0.1", {""}, ""},
  };
  for (const auto& row : rows) {
    system::HttpRequest asked{"GET", "/", {}, {}, std::nullopt};
    if (*row.peer != '\0') asked.peer = base::parse_ip(row.peer).value();
    for (const std::string_view value : row.forwarded) asked.fields.emplace_back("X-Forwarded-For", value);
    EXPECT_EQ(system::client_address(asked, site_.trusted_proxies), row.client) << row.peer;
  }
}

TEST_F(Respond, ServesWhatAppsAskFor) {
  const char* apple = "/.well-known/apple-app-site-association";
  const char* android = "/.well-known/assetlinks.json";
  EXPECT_EQ(ask(request("GET", apple)).response.status, 404);
  site_.apple_links = "{\"applinks\": {}}";
  site_.android_links = "[]";
  const auto response = ask(request("GET", apple)).response;
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, site_.apple_links);
  EXPECT_EQ(ask(request("GET", android)).response.body, "[]");
  EXPECT_EQ(ask(request("POST", android)).response.status, 405);

  const std::string target = track::format_app_path(site_.sealer.seal(click_));
  const Answer answer = ask(request("GET", target));
  EXPECT_EQ(answer.response.location, click_.target);
  ASSERT_TRUE(answer.hit);
  EXPECT_EQ(answer.hit->kind, track::HitKind::click);
}

TEST_F(Respond, SpeaksTheReadersLanguage) {
  const std::string target = path(unsubscribe_);
  const auto body = [&](const char* languages) {
    system::HttpRequest asked = request("GET", target);
    asked.fields.emplace_back("Accept-Language", languages);
    return ask(asked).response.body;
  };
  EXPECT_NE(body("de-AT,de;q=0.9,en;q=0.5").find("<html lang=\"de\">"), std::string::npos);
  EXPECT_NE(body("de").find(">Abmelden</button>"), std::string::npos);
  EXPECT_NE(body("fi").find(">Unsubscribe</button>"), std::string::npos);
  system::HttpRequest asked = request("DELETE", "/");
  asked.fields.emplace_back("Accept-Language", "de");
  EXPECT_NE(ask(asked).response.body.find("im Browser"), std::string::npos);
  EXPECT_NE(unavailable_response(asked, site_).body.find("in einer Minute"), std::string::npos);
  asked.fields = {{"Accept-Language", "de"}};
  EXPECT_NE(ask(asked).response.body.find("does not name a host"), std::string::npos) << "no text of its own";
}

TEST_F(Respond, NamesTheTenantWhoSends) {
  site_.sender = {"Example Mailing <&>", "postmaster@example.com"};
  site_.tenant_senders = {{0x1a2b3c4d, {"Acme Shop", ""}}, {7, {"", "seven@example.com"}}};
  site_.host_tenants = {{"click.example.com", 7}};
  const std::string of_token = ask(request("GET", path(unsubscribe_))).response.body;
  EXPECT_NE(of_token.find("Sender: Acme Shop<"), std::string::npos) << of_token;
  EXPECT_NE(of_token.find("Contact: postmaster@example.com<"), std::string::npos);
  const std::string target = path(unsubscribe_);
  const std::string of_failure = unavailable_response(request("POST", target), site_).body;
  EXPECT_NE(of_failure.find("Sender: Acme Shop<"), std::string::npos) << of_failure;
  const std::string of_host = ask(request("GET", "/")).response.body;
  EXPECT_NE(of_host.find("Sender: Example Mailing &lt;&amp;&gt;<"), std::string::npos) << of_host;
  EXPECT_NE(of_host.find("Contact: seven@example.com<"), std::string::npos);
  site_.sender = {};
  site_.tenant_senders.clear();
  EXPECT_EQ(ask(request("GET", "/")).response.body.find("Sender:"), std::string::npos);
}

TEST_F(Respond, NamesWhomToTellAboutAbuse) {
  const std::string body = ask(request("GET", "/")).response.body;
  EXPECT_NE(body.find("abuse@example.com"), std::string::npos);
  EXPECT_NE(body.find("click.example.com"), std::string::npos);
}

}  // namespace
}  // namespace signpost::web
