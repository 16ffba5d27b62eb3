// Roles, outbound or not, tenants, streams, ownership of domains.
#include "policy/tenant.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace signpost::policy {
namespace {

using mail::Role;

Settings sample_settings() {
  Settings settings;
  settings.tenants.resize(5);
  Tenant& acme = settings.tenants[0];
  acme.name = "acme";
  acme.logins = {"acme-app", "acme-crm"};
  acme.clients = {*base::parse_network("192.0.2.0/24")};
  acme.sender_domains = {"acme.example"};
  Tenant& shop = settings.tenants[1];
  shop.name = "shop";
  shop.clients = {*base::parse_network("192.0.2.7"), *base::parse_network("2001:db8::/32")};
  shop.sender_domains = {"shop.example", "news.acme.example"};
  Tenant& town = settings.tenants[2];
  town.name = "town";
  town.sender_domains = {"town.example"};
  Tenant& school = settings.tenants[3];
  school.name = "school";
  school.sender_domains = {"school.town.example"};
  settings.tenants[4].name = "default";
  return settings;
}

mail::Envelope envelope_of(const char* login, const char* client, const char* sender) {
  mail::Envelope envelope;
  envelope.login = login;
  if (*client) envelope.client = *base::parse_ip(client);
  envelope.sender_given = sender;
  if (const auto address = mail::parse_address(sender)) envelope.sender = *address;
  return envelope;
}

TEST(ParseRole, ReadsTheDaemonName) {
  const struct {
    const char* name;
    Role role;
  } kCases[] = {{"", Role::all},
                {"mx.example.net", Role::all},
                {"MTA-v4", Role::all},
                {"signpost-submit", Role::submit},
                {"Signpost-Egress", Role::egress},
                {"signpost-inbound", Role::inbound},
                {"signpost-sumbit", Role::unknown},
                {"signpost-", Role::unknown},
                {"signpost-submit2", Role::unknown},
                {"signpost-1.example.net", Role::all}};
  for (const auto& test : kCases) EXPECT_EQ(parse_role(test.name), test.role) << test.name;
}

TEST(Classify, OnlyOutboundMailIsJudged) {
  Settings settings;
  settings.trusted = {*base::parse_network("198.51.100.0/24")};
  const auto outbound = [&](mail::Envelope envelope, Role role = Role::all, bool local = false) {
    envelope.role = role;
    envelope.local_submission = local;
    return classify(envelope, settings) == mail::MailClass::outbound;
  };
  EXPECT_TRUE(outbound(envelope_of("app", "203.0.113.1", "a@x.example")));
  EXPECT_FALSE(outbound(envelope_of("", "203.0.113.1", "a@x.example")));
  EXPECT_FALSE(outbound(envelope_of("", "127.0.0.1", "a@x.example")));
  EXPECT_FALSE(outbound(envelope_of("", "", "a@x.example")));
  EXPECT_TRUE(outbound(envelope_of("", "198.51.100.9", "a@x.example")));
  EXPECT_TRUE(outbound(envelope_of("", "127.0.0.1", "a@x.example"), Role::all, true));
  EXPECT_TRUE(outbound(envelope_of("", "127.0.0.1", "a@x.example"), Role::submit));
  EXPECT_FALSE(outbound(envelope_of("app", "198.51.100.9", "a@x.example"), Role::inbound, true));
  EXPECT_TRUE(outbound(envelope_of("", "203.0.113.1", "a@x.example"), Role::unknown));
  EXPECT_FALSE(outbound(envelope_of("", "127.0.0.1", "a@x.example"), Role::egress));
}

TEST(ResolveTenant, LoginThenClientThenSenderDomain) {
  const Settings settings = sample_settings();
  const struct {
    const char* login;
    const char* client;
    const char* sender;
    const char* tenant;
  } kCases[] = {
      {"acme-crm", "192.0.2.7", "a@town.example", "acme"},
      {"", "192.0.2.8", "a@town.example", "acme"},
      {"", "192.0.2.7", "a@town.example", "shop"},
      {"", "2001:db8::1", "", "shop"},
      {"nobody", "192.0.2.8", "a@town.example", "acme"},
      {"", "203.0.113.1", "a@town.example", "town"},
      {"", "", "a@mail.town.example", "town"},
      {"", "", "a@school.town.example", "school"},
      {"nobody", "203.0.113.1", "a@town.example", "default"},
      {"", "203.0.113.1", "a@acme.example", "default"},
      {"", "203.0.113.1", "<>", "default"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(resolve_tenant(settings, envelope_of(test.login, test.client, test.sender)).name, test.tenant)
        << test.login << " " << test.client << " " << test.sender;
  }
  EXPECT_EQ(resolve_tenant(Settings{}, mail::Envelope{}).name, "default");
}

TEST(OnlyTenant, IsWhatTheSiteConfiguresIfThatIsOne) {
  Tenant acme;
  acme.name = "acme";
  Tenant implied;
  implied.name = "default";
  implied.is_implied = true;
  Tenant configured = implied;
  configured.is_implied = false;
  const auto name = [](std::vector<Tenant> tenants) {
    Settings settings;
    settings.tenants = std::move(tenants);
    const Tenant* only = only_tenant(settings);
    return only ? only->name : "-";
  };
  EXPECT_EQ(name({}), "-");
  EXPECT_EQ(name({implied}), "default");
  EXPECT_EQ(name({configured}), "default");
  EXPECT_EQ(name({acme, implied}), "acme");
  EXPECT_EQ(name({implied, acme}), "acme");
  EXPECT_EQ(name({acme, configured}), "-");
  EXPECT_EQ(name({acme, acme, implied}), "-");
}

TEST(StreamByRules, FirstMatchWins) {
  Tenant tenant;
  tenant.stream = "transactional";
  tenant.stream_rules = {{"news@acme.example", "", {}, "bulk"},
                         {"@lists.acme.example", "", {}, "lists"},
                         {"", "crm", {}, "crm"},
                         {"", "", *base::parse_network("192.0.2.0/24"), "lan"},
                         {"@acme.example", "app", *base::parse_network("203.0.113.0/24"), "never"}};
  EXPECT_EQ(stream_by_rules(tenant, envelope_of("crm", "192.0.2.1", "News@ACME.example")), "bulk");
  EXPECT_EQ(stream_by_rules(tenant, envelope_of("crm", "", "x@lists.acme.example")), "lists");
  EXPECT_EQ(stream_by_rules(tenant, envelope_of("crm", "192.0.2.1", "x@acme.example")), "crm");
  EXPECT_EQ(stream_by_rules(tenant, envelope_of("", "192.0.2.1", "<>")), "lan");
  EXPECT_EQ(stream_by_rules(tenant, envelope_of("app", "198.51.100.1", "x@acme.example")), "transactional");
}

TEST(StreamByHeader, ChoosesAmongTheAllowed) {
  Tenant tenant;
  tenant.streams = {"transactional", "bulk", "News"};
  using Fields = std::vector<mail::Field>;
  const struct {
    const char* so_far;
    Fields fields;
    const char* stream;
    const char* ignored;
  } kCases[] = {
      {"bulk", {}, "bulk", ""},
      {"transactional", {{"Signpost-Stream", " bulk"}}, "bulk", ""},
      {"transactional", {{"SIGNPOST-stream", "\n  news "}}, "News", ""},
      {"bulk", {{"Signpost-Stream", " transactional"}}, "transactional", ""},
      {"bulk", {{"Signpost-Stream", " transactional"}, {"List-Id", " x"}}, "bulk", "bulk-mail"},
      {"bulk", {{"Signpost-Stream", " transactional"}, {"Precedence", " Bulk"}}, "bulk", "bulk-mail"},
      {"bulk", {{"Signpost-Stream", " transactional"}, {"Precedence", " first"}}, "transactional", ""},
      {"transactional", {{"Signpost-Stream", " transactional"}, {"List-Id", " x"}}, "transactional", ""},
      {"bulk", {{"Signpost-Stream", " secret"}}, "bulk", "stream-not-allowed"},
      {"bulk", {{"Signpost-Stream", ""}}, "bulk", "stream-not-allowed"},
      {"bulk",
       {{"Signpost-Stream", " News"}, {"Signpost-Stream", " News"}},
       "bulk",
       "several-stream-headers"},
  };
  for (const auto& test : kCases) {
    const LateStream late = stream_by_header(tenant, test.so_far, test.fields);
    EXPECT_EQ(late.stream, test.stream) << testing::PrintToString(test.fields.size());
    EXPECT_EQ(late.ignored, test.ignored);
  }
  tenant.streams.clear();
  tenant.stream = "bulk";
  EXPECT_EQ(stream_by_header(tenant, "lists", {{"Signpost-Stream", " bulk"}}).stream, "bulk");
  EXPECT_EQ(stream_by_header(tenant, "lists", {{"Signpost-Stream", " transactional"}}).ignored,
            "stream-not-allowed");
}

TEST(Ownership, TheNearestDomainDecides) {
  const Settings settings = sample_settings();
  const Tenant& acme = settings.tenants[0];
  const Tenant& shop = settings.tenants[1];
  const Tenant& unbound = settings.tenants[4];
  EXPECT_EQ(owner_of_domain(settings, "acme.example"), &acme);
  EXPECT_EQ(owner_of_domain(settings, "mail.acme.example"), &acme);
  EXPECT_EQ(owner_of_domain(settings, "news.acme.example"), &shop);
  EXPECT_EQ(owner_of_domain(settings, "notacme.example"), nullptr);
  EXPECT_TRUE(may_send_as(settings, acme, "mail.acme.example"));
  EXPECT_FALSE(may_send_as(settings, acme, "news.acme.example"));
  EXPECT_FALSE(may_send_as(settings, acme, "free.example"));
  EXPECT_TRUE(may_send_as(settings, unbound, "free.example"));
  EXPECT_FALSE(may_send_as(settings, unbound, "shop.example"));
}

TEST(FindOverlaps, NamesBothTenants) {
  Settings settings = sample_settings();
  EXPECT_TRUE(find_overlaps(settings).empty());
  settings.tenants[1].logins = {"acme-app"};
  settings.tenants[2].clients = {*base::parse_network("2001:db8::/32")};
  settings.tenants[3].sender_domains.emplace_back("town.example");
  const auto overlaps = find_overlaps(settings);
  ASSERT_EQ(overlaps.size(), 3u);
  EXPECT_EQ(overlaps[0], "login 'acme-app' is claimed by tenant 'acme' and by tenant 'shop'");
  EXPECT_EQ(overlaps[1], "client network '2001:db8::/32' is claimed by tenant 'shop' and by tenant 'town'");
  EXPECT_EQ(overlaps[2], "sender domain 'town.example' is claimed by tenant 'town' and by tenant 'school'");
}

}  // namespace
}  // namespace signpost::policy
