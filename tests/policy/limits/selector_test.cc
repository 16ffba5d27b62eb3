// Which mail a limit covers, and that no spelling is a way out of it.
#include "policy/limits/selector.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "policy/settings.h"

namespace signpost::policy::limits {
namespace {

struct Scene {
  Scene() {
    tenant.name = "acme";
    envelope.stream = "bulk";
    envelope.login = "app@acme.example";
    envelope.client = *base::parse_ip("192.0.2.7");
    from("<news@acme.example>");
  }
  void from(const std::string& given) {
    envelope.sender_given = given;
    const auto parsed = mail::parse_address(given);
    envelope.sender = parsed ? std::optional(*parsed) : std::nullopt;
  }
  bool covered() const { return Selector(when).covers(tenant, envelope); }

  When when;
  Tenant tenant;
  mail::Envelope envelope;
};

SenderPattern sender(const char* text) {
  return *parse_sender_pattern(text);
}

TEST(Selector, EachListMustNameTheMailAndNoneOfNotMay) {
  Scene scene;
  EXPECT_TRUE(scene.covered());
  scene.when.only = {{"acme", "shop"}, {"bulk"}, {"@acme.example"}, {sender("@acme.example")}, {}};
  scene.when.only.clients = {*base::parse_network("192.0.2.0/24")};
  EXPECT_TRUE(scene.covered());
  for (const char* what : {"tenant", "stream", "login", "sender", "client"}) {
    Scene other = scene;
    if (std::string(what) == "tenant") other.tenant.name = "free";
    if (std::string(what) == "stream") other.envelope.stream = "notices";
    if (std::string(what) == "login") other.envelope.login = "app@other.example";
    if (std::string(what) == "sender") other.from("<a@other.example>");
    if (std::string(what) == "client") other.envelope.client = *base::parse_ip("198.51.100.1");
    EXPECT_FALSE(other.covered()) << what;
    std::swap(other.when.only, other.when.except);
    EXPECT_FALSE(other.covered()) << what << ": the other lists of `not` name it";
  }
  Scene none = scene;
  none.tenant.name = "free";
  none.envelope.stream = "notices";
  none.envelope.login.clear();
  none.envelope.client.reset();
  none.from("<>");
  EXPECT_FALSE(none.covered());
  std::swap(none.when.only, none.when.except);
  EXPECT_TRUE(none.covered()) << "no list of `not` names mail without a login, a client or a sender";
}

TEST(Selector, LoginsFollowTheTenantsCaseRule) {
  Scene scene;
  scene.when.only.logins = {"Shop", "@acme.example"};
  const auto covered = [&](const char* login, LoginCase login_case) {
    scene.envelope.login = login;
    scene.tenant.login_case = login_case;
    return scene.covered();
  };
  for (const char* login : {"shop", "Shop", "SHOP", "x@ACME.example", "X@acme.Example"})
    EXPECT_TRUE(covered(login, LoginCase::folded)) << login;
  EXPECT_TRUE(covered("Shop", LoginCase::exact));
  EXPECT_FALSE(covered("SHOP", LoginCase::exact)) << "another login";
  EXPECT_TRUE(covered("X@ACME.example", LoginCase::exact)) << "a domain has no case";
  EXPECT_FALSE(covered("", LoginCase::folded));
  EXPECT_FALSE(covered("shop@other.example", LoginCase::folded));
}

TEST(Selector, NoSpellingOfASenderIsAWayOut) {
  Scene scene;
  scene.when.only.senders = {sender("news-*@acme.example"), sender("boss@acme.example")};
  const auto covered = [&](const char* given) {
    scene.from(given);
    return scene.covered();
  };
  EXPECT_TRUE(covered("<NEWS-1@ACME.Example.>"));
  EXPECT_TRUE(covered("<\"boss\"@acme.example>"));
  EXPECT_FALSE(covered("<boss+1@acme.example>"));
  EXPECT_FALSE(covered("<ann@acme.example>"));
  EXPECT_TRUE(covered("<a@b@acme.example>")) << "what cannot be read counts for the domain";
  EXPECT_TRUE(covered("<a@b@ACME.example.>"));
  EXPECT_FALSE(covered("<a@b@other.example>"));
  EXPECT_FALSE(covered("<>"));
  scene.tenant.fold = {Fold::plus_tag};
  EXPECT_TRUE(covered("<boss+1@acme.example>")) << "one sender for this tenant";
  std::swap(scene.when.only, scene.when.except);
  EXPECT_FALSE(covered("<boss+1@acme.example>"));
  EXPECT_TRUE(covered("<a@b@acme.example>")) << "and is not left out";
}

TEST(Selector, AgreesWithAWalk) {
  std::mt19937 random(20261128);
  const auto below = [&](std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
  };
  const std::vector<const char*> patterns = {"a@x.example", "ab@x.example", "a*@x.example", "ab*@x.example",
                                             "@x.example",  "b@y.example",  "@y.example",   "abc@y.example"};
  const std::vector<const char*> networks = {"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "2001:db8::/32",
                                             "::/0"};
  const std::vector<const char*> senders = {"<a@x.example>", "<abc@x.example>", "<B@y.example>",
                                            "<c@z.example>"};
  const std::vector<const char*> clients = {"10.1.2.3", "10.1.9.9", "11.0.0.1", "2001:db8::9"};
  for (int round = 0; round < 2000; ++round) {
    Scene scene;
    for (MailNames* names : {&scene.when.only, &scene.when.except}) {
      for (std::size_t n = below(3); n > 0; --n)
        names->senders.push_back(sender(patterns[below(patterns.size())]));
      for (std::size_t n = below(3); n > 0; --n)
        names->clients.push_back(*base::parse_network(networks[below(networks.size())]));
    }
    scene.from(senders[below(senders.size())]);
    scene.envelope.client = *base::parse_ip(clients[below(clients.size())]);
    const auto by_sender = [&](const SenderPattern& one) { return matches(one, *scene.envelope.sender); };
    const auto by_client = [&](const base::Network& one) { return one.contains(*scene.envelope.client); };
    const auto any = [](const auto& list, const auto& name) {
      return std::any_of(list.begin(), list.end(), name);
    };
    const MailNames& only = scene.when.only;
    const MailNames& except = scene.when.except;
    const bool expected = (only.senders.empty() || any(only.senders, by_sender)) &&
                          (only.clients.empty() || any(only.clients, by_client)) &&
                          !any(except.senders, by_sender) && !any(except.clients, by_client);
    ASSERT_EQ(scene.covered(), expected) << round;
  }
}

}  // namespace
}  // namespace signpost::policy::limits
