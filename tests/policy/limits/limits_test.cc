// What a recipient charges, under which key, and what a full limit answers.
#include "policy/limits/limits.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "mail/readings.h"
#include "policy/limits/key.h"
#include "policy/policy.h"

namespace signpost::policy::limits {
namespace {

using namespace std::chrono_literals;
using Part = LimitKeyPart;

struct Scene {
  Scene() {
    settings.tenants.resize(1);
    settings.tenants[0].name = "acme";
    envelope.sender_given = "<News@Acme.Example>";
    envelope.sender = *mail::parse_address(envelope.sender_given);
    envelope.login = "acme app";
    envelope.stream = "bulk";
    envelope.client = *base::parse_ip("192.0.2.7");
    recipient.given = "<bob@GMail.com>";
    recipient.address = *mail::parse_address(recipient.given);
  }
  LimitSettings& limit(const char* name, std::vector<Part> key, Weight weight = Weight::recipients) {
    LimitSettings one;
    one.name = name;
    one.key = std::move(key);
    one.rates = {{100, 1h}};
    one.weight = weight;
    settings.limits.push_back(one);
    return settings.limits.back();
  }
  Facts facts() const {
    Facts result{settings, overrides, envelope, settings.tenants[0]};
    result.recipient = &recipient;
    return result;
  }
  std::vector<Charge> charges() {
    std::vector<std::string> charged;
    return charges_for_recipient(facts(), charged);
  }

  Settings settings;
  Overrides overrides;
  mail::Envelope envelope;
  mail::Recipient recipient;
};

TEST(Charges, KeysNameTheirParts) {
  Scene scene;
  scene.limit("all", {Part::tenant, Part::stream, Part::login, Part::sender, Part::sender_domain,
                      Part::client, Part::rcpt_domain, Part::rcpt_provider});
  scene.limit("none", {});
  const auto charges = scene.charges();
  ASSERT_EQ(charges.size(), 2u);
  EXPECT_EQ(charges[0].key,
            "tenant=acme stream=bulk login=\"acme app\" sender=news@acme.example sender_domain=acme.example "
            "client=192.0.2.7 rcpt_domain=gmail.com rcpt_provider=google");
  EXPECT_EQ(charges[0].amount, 1u);
  EXPECT_EQ(charges[0].limit, &scene.settings.limits[0]);
  EXPECT_EQ(charges[1].key, "");
}

TEST(Charges, EveryReadingOfTheRecipientOnce) {
  Scene scene;
  scene.limit("domain", {Part::rcpt_domain});
  scene.limit("login", {Part::login});
  scene.limit("first", {Part::rcpt_provider}, Weight::messages);
  scene.recipient = mail::read_recipient("<bob%gmail.com%localhost@mx.example>", {}, {});
  std::vector<std::string> keys;
  for (const Charge& charge : scene.charges()) keys.push_back(charge.limit->name + " " + charge.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"domain rcpt_domain=mx.example", "domain rcpt_domain=localhost",
                                            "domain rcpt_domain=gmail.com", "login login=\"acme app\"",
                                            "first rcpt_provider=mx.example", "first rcpt_provider=localhost",
                                            "first rcpt_provider=google"}));
}

TEST(Charges, KeysOfOddMailStaySmallAndDistinct) {
  Scene scene;
  scene.limit("x", {Part::login, Part::sender, Part::client});
  scene.envelope.client.reset();
  scene.envelope.sender.reset();
  scene.envelope.sender_given = "<" + std::string(2000, 'x');
  const std::string key = scene.charges().at(0).key;
  EXPECT_TRUE(key.starts_with("login=\"acme app\" sender=sha256:")) << key;
  EXPECT_TRUE(key.ends_with(" client=local")) << key;
  EXPECT_LT(key.size(), 200u);
  // A login cannot pretend to be another part of the key.
  scene.envelope.login = "a sender=b";
  EXPECT_TRUE(scene.charges().at(0).key.starts_with("login=\"a sender=b\" "));
}

TEST(Charges, NoneWhereTheMailLacksAPartOfTheKey) {
  Scene scene;
  scene.limit("by-login", {Part::tenant, Part::login});
  scene.limit("by-domain", {Part::rcpt_domain});
  scene.limit("bytes", {Part::login}, Weight::bytes);
  EXPECT_EQ(scene.charges().size(), 2u);
  EXPECT_EQ(charges_for_bytes(scene.facts(), 1).size(), 1u);
  scene.envelope.login.clear();
  EXPECT_EQ(scene.charges().size(), 1u) << "all mail without a login would share one bucket";
  EXPECT_TRUE(charges_for_bytes(scene.facts(), 1).empty());
  scene.recipient.address.reset();
  EXPECT_TRUE(scene.charges().empty());
}

TEST(Charges, ASenderCannotEscapeBySayingLess) {
  Scene scene;
  scene.limit("x", {Part::sender, Part::sender_domain});
  const auto key = [&](const char* given) {
    scene.envelope.sender_given = given;
    scene.envelope.sender.reset();
    return scene.charges().at(0).key;
  };
  EXPECT_EQ(key("<>"), "sender=<> sender_domain=<>");
  EXPECT_EQ(key(""), "sender=<> sender_domain=<>");
  EXPECT_EQ(key("<a@b@Shop.example>"), "sender=<a@b@shop.example> sender_domain=shop.example");
  EXPECT_EQ(key("<Root>"), "sender=<root> sender_domain=root");
}

TEST(Charges, LoginsAreFoldedAsTheTenantSays) {
  Scene scene;
  scene.limit("x", {Part::login});
  scene.envelope.login = "SHOP@Acme.Example";
  EXPECT_EQ(scene.charges().at(0).key, "login=shop@acme.example");
  scene.settings.tenants[0].login_case = LoginCase::exact;
  EXPECT_EQ(scene.charges().at(0).key, "login=SHOP@acme.example");
}

TEST(Charges, ClientsOfOneNetworkShareABucket) {
  Scene scene;
  scene.limit("x", {Part::client});
  const auto key = [&](const char* client) {
    scene.envelope.client = *base::parse_ip(client);
    return scene.charges().at(0).key;
  };
  EXPECT_EQ(key("2001:db8:1:2:3::4"), "client=2001:db8:1:2::/64");
  EXPECT_EQ(key("2001:db8:1:2:ffff::"), "client=2001:db8:1:2::/64");
  EXPECT_EQ(key("192.0.2.7"), "client=192.0.2.7");
}

TEST(Charges, ClientsAreCountedByThePrefixThatIsSet) {
  Scene scene;
  scene.limit("x", {Part::client});
  scene.settings.ipv6_prefix = 56;
  scene.envelope.client = *base::parse_ip("2001:db8:1:203::4");
  EXPECT_EQ(scene.charges().at(0).key, "client=2001:db8:1:200::/56");
  scene.settings.ipv6_prefix = 128;
  EXPECT_EQ(scene.charges().at(0).key, "client=2001:db8:1:203::4");
  scene.envelope.client = *base::parse_ip("192.0.2.7");
  EXPECT_EQ(scene.charges().at(0).key, "client=192.0.2.7");
}

TEST(Charges, SendersAreFoldedAsTheTenantsListingsAre) {
  Scene scene;
  scene.limit("x", {Part::sender});
  const auto key = [&](const char* sender) {
    scene.envelope.sender = *mail::parse_address(sender);
    return scene.charges().at(0).key;
  };
  EXPECT_EQ(key("Ann+1@acme.example"), "sender=ann+1@acme.example");
  scene.settings.tenants[0].fold = {Fold::plus_tag, Fold::gmail_dots};
  EXPECT_EQ(key("Ann+1@acme.example"), "sender=ann@acme.example");
  EXPECT_EQ(key("A.n.n+2@googlemail.com"), "sender=ann@gmail.com");
}

TEST(Charges, AnUnreadSenderIsCountedByItsDomain) {
  Scene scene;
  scene.limit("x", {Part::sender_domain});
  scene.envelope.sender.reset();
  for (const char* given : {"<a@b@Shop.example>", "<a@b@shop.example.>", "a@b@SHOP.example"}) {
    scene.envelope.sender_given = given;
    EXPECT_EQ(scene.charges().at(0).key, "sender_domain=shop.example") << given;
  }
}

TEST(Charges, WhenBoundsTenantAndStream) {
  Scene scene;
  scene.limit("mine", {}).when.only.tenants = {"acme"};
  scene.limit("theirs", {}).when.only.tenants = {"shop"};
  scene.limit("bulk", {}).when.only.streams = {"bulk", "news"};
  scene.limit("receipts", {}).when.only.streams = {"transactional"};
  const auto charges = scene.charges();
  ASSERT_EQ(charges.size(), 2u);
  EXPECT_EQ(charges[0].limit->name, "mine");
  EXPECT_EQ(charges[1].limit->name, "bulk");
}

TEST(Charges, MessagesCountOncePerKey) {
  Scene scene;
  scene.limit("by-domain", {Part::rcpt_domain}, Weight::messages);
  std::vector<std::string> charged;
  EXPECT_EQ(charges_for_recipient(scene.facts(), charged).size(), 1u);
  EXPECT_EQ(charges_for_recipient(scene.facts(), charged).size(), 0u);
  scene.recipient.address = *mail::parse_address("ann@example.net");
  EXPECT_EQ(charges_for_recipient(scene.facts(), charged).size(), 1u);
}

TEST(Charges, BytesCountTheWholeMessage) {
  Scene scene;
  scene.limit("bytes", {Part::tenant}, Weight::bytes);
  scene.limit("recipients", {Part::tenant});
  const auto charges = charges_for_bytes(scene.facts(), 12345);
  ASSERT_EQ(charges.size(), 1u);
  EXPECT_EQ(charges[0].amount, 12345u);
  EXPECT_EQ(scene.charges().size(), 1u);
}

TEST(Charges, NoneInSubmitAndOneForReports) {
  Scene scene;
  scene.limit("x", {});
  scene.limit("y", {}, Weight::bytes);
  scene.envelope.role = mail::Role::submit;
  EXPECT_TRUE(scene.charges().empty());
  EXPECT_TRUE(charges_for_bytes(scene.facts(), 1).empty());
  scene.envelope.role = mail::Role::egress;
  EXPECT_EQ(scene.charges().size(), 1u);
  scene.envelope.sender_given = "<>";
  EXPECT_EQ(scene.charges().size(), 1u) << "a client may choose the null sender";
  scene.envelope.origin = mail::Origin::own_dsn;
  EXPECT_TRUE(charges_for_bytes(scene.facts(), 1).empty());
  ASSERT_EQ(scene.charges().size(), 1u) << "any local program can imitate a report";
  EXPECT_EQ(scene.charges()[0].limit->name, "reports");
  scene.settings.report_limit.rates.clear();
  EXPECT_TRUE(scene.charges().empty());
}

TEST(Charges, NoneForWhatWasChargedBefore) {
  Scene scene;
  scene.limit("x", {});
  scene.limit("y", {}, Weight::bytes);
  Facts facts = scene.facts();
  facts.charged_before = true;
  std::vector<std::string> charged;
  EXPECT_TRUE(charges_for_recipient(facts, charged).empty());
  EXPECT_TRUE(charges_for_bytes(facts, 1).empty());
}

TEST(NeverFits, AddsUpTheChargesOfABucket) {
  Scene scene;
  scene.limit("small", {Part::tenant}).rates = {{2, 1s}, {100, 1h}};
  scene.limit("paced", {Part::tenant}).burst = 3;
  scene.limit("observed", {}).action = LimitAction::observe;
  scene.settings.limits.back().rates = {{1, 1s}};
  const auto never = [&](int recipients) -> std::string {
    std::vector<Charge> all;
    for (int i = 0; i < recipients; ++i)
      for (Charge& charge : scene.charges()) all.push_back(std::move(charge));
    const Charge* found = never_fits(all);
    return found == nullptr ? "" : verdict_of_never(*found).reply.format();
  };
  EXPECT_EQ(never(2), "");
  EXPECT_EQ(never(3), "550 5.7.1 Limit small never lets so many recipients of one message pass");
  scene.settings.limits[0].rates = {{100, 1h}};
  EXPECT_EQ(never(3), "");
  EXPECT_EQ(never(4), "550 5.7.1 Limit paced never lets so many recipients of one message pass");
}

TEST(NeverFits, MergesAllChargesAndPutsAQuotaBeforeAPace) {
  Scene scene;
  scene.limit("paced", {Part::tenant}).burst = 2;
  scene.limit("also paced", {Part::login}).burst = 2;
  const auto of = [&](int recipients) {
    std::vector<Charge> all;
    for (int i = 0; i < recipients; ++i)
      for (Charge& charge : scene.charges()) all.push_back(std::move(charge));
    return all;
  };
  std::vector<Charge> three = of(3);
  EXPECT_EQ(never_fits(three)->limit->name, "paced");
  for (const Charge& charge : three)
    EXPECT_TRUE(charge.amount == 3 || charge.amount == 0) << charge.limit->name;
  scene.limit("quota", {}).rates = {{2, 1h}};
  three = of(3);
  EXPECT_EQ(never_fits(three)->limit->name, "quota")
      << "it refuses; a pace lets it pass when nothing else was sent";
  scene.overrides.limits["quota"] = {{{1, 1h}}, std::nullopt, "uid=0"};
  three = of(3);
  EXPECT_EQ(never_fits(three)->limit->name, "paced") << "what an operator set changes again: mail waits";
}

TEST(Charges, FollowTheOperator) {
  Scene scene;
  scene.limit("x", {});
  scene.overrides.limits["x"] = {{{7, 1s}}, std::nullopt, "uid=0"};
  const auto charges = scene.charges();
  ASSERT_EQ(charges.size(), 1u);
  EXPECT_EQ(charges[0].limit->name, "x");
  EXPECT_EQ(charges[0].limit->rates, (std::vector<Rate>{{7, 1s}}));
}

TEST(Charges, AnExceptionComesBeforeTheOperator) {
  Scene scene;
  LimitSettings& limit = scene.limit("x", {Part::login});
  limit.exceptions.push_back({{*parse_key_term(Part::login, "ACME app")}, {{5, 1s}}, std::nullopt});
  limit.exceptions.push_back({{*parse_key_term(Part::login, "free")}, {}, std::nullopt});
  scene.settings.index_limits();
  auto charge = scene.charges().at(0);
  EXPECT_EQ(charge.limit->rates, (std::vector<Rate>{{5, 1s}}));
  EXPECT_EQ(charge.by, RatesBy::exception);
  EXPECT_EQ(charge.changed, nullptr) << "made once, not for each recipient";
  scene.overrides.limits["x"] = {{{7, 1s}}, std::nullopt, "uid=0"};
  EXPECT_EQ(scene.charges().at(0).limit->rates, (std::vector<Rate>{{5, 1s}}));
  scene.envelope.login = "other";
  EXPECT_EQ(scene.charges().at(0).limit->rates, (std::vector<Rate>{{7, 1s}}));
  EXPECT_EQ(scene.charges().at(0).by, RatesBy::operator_);
  scene.envelope.login = "free";
  EXPECT_TRUE(scene.charges().at(0).limit->rates.empty());
  std::vector<Charge> many;
  for (int i = 0; i < 3; ++i) many.push_back(scene.charges().at(0));
  EXPECT_EQ(never_fits(many), nullptr) << "without a rate everything fits";
}

TEST(Keys, TextAndValuesAreEachOthersInverse) {
  Scene scene;
  const LimitSettings limit = scene.limit("x", {Part::tenant, Part::login, Part::sender, Part::client});
  for (const char* login : {"app", "a b", "quote\" \\ \x01", "\xc3\xa4", "a=b"}) {
    scene.envelope.login = login;
    const auto key = key_of(limit, scene.facts());
    ASSERT_TRUE(key);
    const auto again = parse_key(limit, format_key(limit, *key));
    ASSERT_TRUE(again) << login;
    EXPECT_EQ(again->values, key->values);
    EXPECT_EQ(again->client, key->client);
  }
  for (const char* bad : {"", "tenant=acme", "tenant=acme login= sender=a client=b",
                          "tenant=a login=b sender=c client=d e", "login=b tenant=a sender=c client=d",
                          "tenant=a  login=b sender=c client=d", "tenant=\"a login=b sender=c client=d"})
    EXPECT_FALSE(parse_key(limit, bad)) << bad;
}

TEST(VerdictOf, NamesLimitAndWait) {
  LimitHit hit;
  hit.limit = "login-hour";
  hit.retry_after = 42s;
  Verdict verdict = verdict_of(hit);
  EXPECT_EQ(verdict.action, Action::defer);
  EXPECT_EQ(verdict.reason, Why::limit);
  EXPECT_EQ(verdict.rule, "login-hour");
  EXPECT_EQ(verdict.reply.format(), "451 4.7.1 Limit login-hour reached, retry in 42 s");
  hit.action = LimitAction::refuse;
  EXPECT_EQ(verdict_of(hit).reply.format(), "550 5.7.1 Limit login-hour reached");
  hit.action = LimitAction::observe;
  verdict = verdict_of(hit);
  EXPECT_EQ(verdict.action, Action::observe);
  EXPECT_EQ(verdict.reply.code, 0);
}

}  // namespace
}  // namespace signpost::policy::limits
