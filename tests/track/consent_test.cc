// How much links may tell, by tenant and stream, and where they may lead.
#include <map>

#include <gtest/gtest.h>

#include "mail/edit.h"
#include "tests/track/ring.h"
#include "track/destination.h"
#include "track/kept.h"
#include "track/rewrite.h"

namespace signpost::track {
namespace {

constexpr std::uint32_t kAcme = 7;
constexpr std::uint32_t kOther = 8;

TEST(Consent, TheNarrowestModeCounts) {
  constexpr Mode kModes[] = {Mode::off, Mode::anonymous, Mode::pseudonymous, Mode::identified};
  for (const Mode site : kModes) {
    for (const Mode tenant : kModes) {
      for (const Mode stream : kModes) {
        for (const Mode tenant_stream : kModes) {
          Settings settings;
          settings.mode = site;
          settings.stream_modes = {{"bulk", stream}, {"alerts", Mode::off}};
          settings.set_tenants({{kAcme, {"", tenant, {{"bulk", tenant_stream}}, {}, {}}}});
          EXPECT_EQ(settings.of(kAcme).mode_of("bulk"), std::min({tenant, stream, tenant_stream}));
          EXPECT_EQ(settings.of(kOther).mode_of("bulk"), std::min(site, stream));
          EXPECT_EQ(settings.of(kAcme).mode_of("news"), tenant);
          EXPECT_EQ(settings.of(kAcme).mode_of("alerts"), Mode::off);
        }
      }
    }
  }
}

TEST(Consent, ATenantKeepsWhatItDoesNotSay) {
  Settings settings;
  settings.host = "click.example.com";
  settings.mode = Mode::pseudonymous;
  settings.set_tenants({{kAcme, {"go.acme.example", {}, {}, {}, {}}}, {kOther, {"", Mode::off, {}, {}, {}}}});
  EXPECT_EQ(settings.of(kAcme).host, "go.acme.example");
  EXPECT_EQ(settings.of(kAcme).mode, Mode::pseudonymous);
  EXPECT_EQ(settings.of(kOther).host, "click.example.com");
  EXPECT_EQ(settings.of(12345).host, "click.example.com");
}

TEST(Consent, StreamModesAreRead) {
  EXPECT_EQ(parse_stream_mode("bulk=anonymous").value(), (StreamMode{"bulk", Mode::anonymous}));
  EXPECT_EQ(parse_stream_mode("a=OFF").value(), (StreamMode{"a", Mode::off}));
  for (const char* bad : {"", "bulk", "=off", "bulk=", "bulk=some", "bulk = off"})
    EXPECT_FALSE(parse_stream_mode(bad)) << bad;
}

TEST(Consent, OnlyWhatTheModeAllowsIsKept) {
  Hit hit;
  hit.client = "192.0.2.7";
  hit.agent = "Firefox";
  struct Case {
    Mode mode;
    HitKind kind;
    bool refuses;
    Kept kept;
  };
  const std::string bob = "bob@example.net";
  const std::string message = "01JDC5W0QGX9Z3W3T4K6N8P2RS";
  const Kept nothing;
  const Kept count{true, false, "", "", "", ""};
  const Kept event{true, true, bob, message, "", ""};
  const Kept full{true, true, bob, message, hit.client, hit.agent};
  const Case cases[] = {
      {Mode::off, HitKind::click, false, nothing},
      {Mode::anonymous, HitKind::click, false, count},
      {Mode::anonymous, HitKind::open, true, nothing},
      {Mode::pseudonymous, HitKind::click, false, event},
      {Mode::pseudonymous, HitKind::click, true, nothing},
      {Mode::identified, HitKind::open, false, full},
      {Mode::identified, HitKind::click, true, nothing},
      {Mode::anonymous, HitKind::unsubscribe, false, event},
      {Mode::anonymous, HitKind::unsubscribe, true, event},
      {Mode::identified, HitKind::undo, true, event},
  };
  for (const Case& one : cases) {
    Token token;
    token.mode = one.mode;
    token.recipient = bob;
    token.message = message;
    hit.kind = one.kind;
    EXPECT_EQ(kept_of(token, hit, one.refuses), one.kept) << mode_word(one.mode) << " " << hit_word(one.kind);
  }
}

TEST(Destination, PrivateNamesAreLeftAlone) {
  for (const char* host : {"intranet", "wiki.local", "a.b.internal", "printer.lan", "nas.home", "x.home.arpa",
                           "mail.corp", "localhost", "x.localdomain", "a.private"})
    EXPECT_TRUE(is_private_host(host)) << host;
  for (const char* host : {"example.com", "local.example", "home.example.org", "arpa.example", "internal.de"})
    EXPECT_FALSE(is_private_host(host)) << host;
}

struct Link {
  const char* url;
  std::string why;  ///< empty: it is rewritten
};

/// What happens to each link of a message under these settings.
void expect_rewritten(Lab& lab, const std::vector<Link>& links) {
  for (const Link& link : links) {
    const std::string body = "<a href=\"" + std::string(link.url) + "\">x</a>\r\n";
    const Rewritten result = rewrite({{"Content-Type", " text/html"}}, body, lab.context);
    EXPECT_EQ(result.rewritten, link.why.empty() ? 1u : 0u) << link.url;
    EXPECT_EQ(result.reason, link.why) << link.url;
  }
}

TEST(Destination, WhatNobodyElseCanReachIsNotRewritten) {
  Lab lab;
  expect_rewritten(lab, {{"https://shop.example/", ""},
                         {"http://wiki/", "private-host"},
                         {"http://WIKI.Local/", "private-host"},
                         {"http://wiki.local./", "private-host"},
                         {"http://10.0.0.1/", "invalid-host"},
                         {"http://0x7f000001/", "invalid-host"},
                         {"http://2130706433/", "invalid-host"},
                         {"http://[fd00::1]/", "invalid-host"},
                         {"http://localhost:8080/", "invalid-host"},
                         {"https://bank.example@evil.example/", "invalid-host"}});
}

TEST(Destination, ATenantsLinksLeadOnlyWhereTheyMay) {
  Lab lab;
  lab.settings.targets = {"shop.example", "pay.example.org"};
  expect_rewritten(lab, {{"https://shop.example/", ""},
                         {"https://www.SHOP.example/a?b#c", ""},
                         {"https://pay.example.org./", ""},
                         {"https://notshop.example/", "target"},
                         {"https://example.org/", "target"},
                         {"https://shop.example.evil.example/", "target"}});
}

TEST(Destination, NoLinkLeadsToAnyOfOurOwnHosts) {
  Lab lab;
  lab.settings.set_tenants({{kAcme, {"go.acme.example", {}, {}, {}, {}}}});
  expect_rewritten(lab, {{"https://go.acme.example/c/abc", "tracked"},
                         {"https://click.example.com/c/abc", "tracked"},
                         {"https://acme.example/", ""}});
}

}  // namespace
}  // namespace signpost::track
