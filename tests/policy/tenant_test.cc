// Roles, outbound or not, tenants, streams, ownership of domains.
#include "policy/tenant.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace signpost::policy {
namespace {

using mail::Origin;
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

TEST(WayOf, KnowsAddressesOfThisHost) {
  mail::Envelope envelope;
  const auto way = [&](const char* client) {
    envelope.client = *base::parse_ip(client);
    return way_of(envelope);
  };
  EXPECT_EQ(way_of(envelope), Way::network) << "a client that is not known";
  EXPECT_EQ(way("127.0.0.1"), Way::loopback);
  EXPECT_EQ(way("127.9.9.9"), Way::loopback);
  EXPECT_EQ(way("::1"), Way::loopback);
  EXPECT_EQ(way("192.0.2.1"), Way::network);
  envelope.daemon_address = *base::parse_ip("192.0.2.1");
  EXPECT_EQ(way("192.0.2.1"), Way::loopback);
  EXPECT_EQ(way("192.0.2.2"), Way::network);
  envelope.local_submission = true;
  EXPECT_EQ(way("127.0.0.1"), Way::pickup);
}

TEST(EvidenceOf, SaysWhatTheNetworksMean) {
  Settings settings;
  settings.trusted = {*base::parse_network("192.0.2.0/24")};
  settings.hops = {*base::parse_network("192.0.2.25")};
  const auto index = settings.tenant_index();
  mail::Envelope envelope = envelope_of("", "192.0.2.7", "<a@x.example>");
  envelope.host = "mx.example";
  const auto evidence = [&] { return evidence_of(settings, *index, envelope, "shop"); };
  EXPECT_TRUE(evidence().trusted);
  EXPECT_FALSE(evidence().hop);
  EXPECT_EQ(evidence().login, "shop");
  EXPECT_EQ(evidence().host, "mx.example");
  EXPECT_FALSE(evidence().null_sender);
  envelope.client = *base::parse_ip("192.0.2.25");
  EXPECT_TRUE(evidence().hop);
  envelope.client.reset();
  EXPECT_FALSE(evidence().trusted);
}

TEST(Classify, FollowsTheOrigin) {
  const auto outbound = [&](Origin origin, Role role = Role::all) {
    mail::Envelope envelope;
    envelope.origin = origin;
    envelope.role = role;
    return classify(envelope) == mail::MailClass::outbound;
  };
  for (const Origin origin : {Origin::login, Origin::made_here, Origin::trusted, Origin::own_dsn}) {
    EXPECT_TRUE(outbound(origin)) << mail::origin_word(origin);
    EXPECT_TRUE(outbound(origin, Role::egress));
    EXPECT_FALSE(outbound(origin, Role::inbound)) << "never outbound";
  }
  EXPECT_FALSE(outbound(Origin::foreign));
  EXPECT_FALSE(outbound(Origin::reinjected));
  EXPECT_FALSE(outbound(Origin::foreign, Role::egress));
  EXPECT_FALSE(outbound(Origin::reinjected, Role::submit)) << "a role makes nobody's mail ours";
  EXPECT_TRUE(outbound(Origin::foreign, Role::submit)) << "judged, so that check_role refuses it";
  EXPECT_TRUE(outbound(Origin::foreign, Role::unknown)) << "judged, so that check_role defers it";
}

TEST(Classify, ASealSpeaksForItsFirstOrigin) {
  mail::Envelope envelope;
  envelope.origin = Origin::sealed;
  envelope.sealed.emplace();
  envelope.sealed->origin = Origin::login;
  EXPECT_EQ(classify(envelope), mail::MailClass::outbound);
  envelope.origin = Origin::foreign;
  envelope.sealed->origin = Origin::foreign;
  envelope.role = Role::submit;
  EXPECT_EQ(classify(envelope), mail::MailClass::other) << "a stranger's that a filter gave back";
}

TEST(ResolveTenant, SharedHostingForbidsTheSender) {
  Settings settings = sample_settings();
  settings.tenants[0].local = false;
  EXPECT_EQ(resolve_tenant(settings, envelope_of("", "127.0.0.1", "a@acme.example")).name, "default");
  EXPECT_EQ(resolve_tenant(settings, envelope_of("acme-app", "127.0.0.1", "a@acme.example")).name, "acme");
  EXPECT_EQ(resolve_tenant(settings, envelope_of("", "192.0.2.8", "a@town.example")).name, "acme");
}

TEST(ResolveTenant, AReturnPathProvesNoMoreThanASender) {
  Settings settings = sample_settings();
  mail::Envelope envelope = envelope_of("", "127.0.0.1", "<b+token@bounce.example.com>");
  envelope.origin = mail::Origin::made_here;
  const auto tenant_of = [&](const char* name) {
    envelope.return_path_of = tenant_id(name);
    return resolve_tenant(settings, envelope).name;
  };
  EXPECT_EQ(tenant_of("town"), "town") << "in place of news@town.example, which anybody here may choose";
  settings.tenants[2].local = false;
  EXPECT_EQ(tenant_of("town"), "default") << "whose sender alone is not enough";
  settings.tenants[0].sender_domains.clear();
  EXPECT_EQ(tenant_of("acme"), "default")
      << "known by logins only: a recipient's copy of the token is no login";
}

TEST(ResolveTenant, OfTheNullSenderByTheAuthor) {
  const Settings settings = sample_settings();
  const std::vector<mail::Field> fields = {{"From", " Vacation <ann@town.example>"}};
  const mail::Envelope envelope = envelope_of("", "", "<>");
  EXPECT_EQ(resolve_tenant(settings, envelope).name, "default");
  EXPECT_EQ(resolve_tenant(settings, envelope, &fields).name, "town");
  EXPECT_EQ(resolve_tenant(settings, envelope_of("", "", "a@school.town.example"), &fields).name, "school")
      << "any other sender counts";
}

TEST(ResolveTenant, ASealOfOursWins) {
  const Settings settings = sample_settings();
  mail::Envelope envelope = envelope_of("acme-app", "192.0.2.7", "a@town.example");
  envelope.origin = Origin::sealed;
  envelope.sealed.emplace();
  envelope.sealed->origin = Origin::login;
  envelope.sealed->tenant = "school";
  envelope.sealed->stream = "bulk";
  EXPECT_EQ(resolve_tenant(settings, envelope).name, "school");
  EXPECT_EQ(identify(settings, envelope)->name, "school");
  EXPECT_EQ(envelope.stream, "bulk");
  envelope.sealed->tenant = "unknown";
  EXPECT_EQ(resolve_tenant(settings, envelope).name, "default");
}

TEST(Lengthen, LooksUpTheNames) {
  Settings settings = sample_settings();
  settings.tenants[1].streams = {"bulk", "news"};
  mail::Identity identity;
  identity.origin = Origin::login;
  identity.tenant = "shop";
  identity.stream = "news";
  identity.login = "till";
  EXPECT_EQ(lengthen(settings, mail::shorten(identity)), identity);
  identity.tenant = "gone";
  EXPECT_EQ(lengthen(settings, mail::shorten(identity)).tenant, "");
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
      {"", "203.0.113.1", "a@acme.example", "acme"},
      {"", "203.0.113.1", "a@school.example", "default"},
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
  Settings named = settings;
  named.tenants[4].senders = {*parse_sender_pattern("ann@shop.example")};
  EXPECT_TRUE(may_send_as(named, named.tenants[4], *mail::parse_address("Ann@shop.example")));
  EXPECT_FALSE(may_send_as(named, named.tenants[4], *mail::parse_address("bob@shop.example")));
  EXPECT_FALSE(may_send_as(named, named.tenants[4], "free.example")) << "senders bind too";
}

TEST(FindOverlaps, NamesBothTenants) {
  Settings settings = sample_settings();
  EXPECT_TRUE(find_overlaps(settings).empty());
  settings.tenants[1].logins = {"ACME-App"};
  settings.tenants[2].clients = {*base::parse_network("2001:db8::/32")};
  settings.tenants[3].sender_domains.emplace_back("town.example");
  const auto overlaps = find_overlaps(settings);
  ASSERT_EQ(overlaps.size(), 3u);
  EXPECT_EQ(settings.tenants[overlaps[1].first].name, "shop");
  EXPECT_EQ(settings.tenants[overlaps[1].second].name, "town");
  EXPECT_EQ(overlaps[0].text, "login 'acme-app' is claimed by tenant 'acme' and by tenant 'shop'");
  EXPECT_EQ(overlaps[1].text,
            "client network '2001:db8::/32' is claimed by tenant 'shop' and by tenant 'town'");
  EXPECT_EQ(overlaps[2].text,
            "sender domain 'town.example' is claimed by tenant 'town' and by tenant 'school'");
}

}  // namespace
}  // namespace signpost::policy
