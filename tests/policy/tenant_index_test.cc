// The index of claims agrees with a walk over all tenants.
#include "policy/tenant_index.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "mail/address.h"
#include "policy/settings.h"

namespace signpost::policy {
namespace {

using Position = TenantIndex::Position;

Position walk_for_client(const std::vector<Tenant>& tenants, const base::Ip& client) {
  Position best;
  int longest = -1;
  for (std::size_t i = 0; i < tenants.size(); ++i) {
    for (const base::Network& network : tenants[i].clients) {
      if (network.prefix <= longest || !network.contains(client)) continue;
      best = i;
      longest = network.prefix;
    }
  }
  return best;
}

Position walk_for_domain(const std::vector<Tenant>& tenants, std::string_view domain) {
  Position best;
  std::size_t longest = 0;
  for (std::size_t i = 0; i < tenants.size(); ++i) {
    for (const std::string& owned : tenants[i].sender_domains) {
      if (owned.size() <= longest || !mail::is_same_or_subdomain(domain, owned)) continue;
      best = i;
      longest = owned.size();
    }
  }
  return best;
}

/// Few different labels and bits, so that claims nest and collide.
struct Draw {
  std::mt19937 random{20261124};
  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
  }
  std::string domain() {
    std::string text = below(2) ? "example" : "test";
    for (std::size_t labels = below(4); labels > 0; --labels)
      text = std::string(1, "abc"[below(3)]) + "." + text;
    return text;
  }
  base::Ip ip() {
    base::Ip ip;
    for (std::uint8_t& byte : ip.bytes) byte = below(2) ? 0 : 0x81;
    return ip;
  }
  base::Network network() {
    const int prefix = static_cast<int>(below(129));
    return {base::masked(ip(), prefix), prefix};
  }
};

TEST(TenantIndex, AgreesWithAWalk) {
  Draw draw;
  for (int round = 0; round < 200; ++round) {
    std::vector<Tenant> tenants(1 + draw.below(8));
    for (Tenant& tenant : tenants) {
      for (std::size_t n = draw.below(4); n > 0; --n) tenant.clients.push_back(draw.network());
      for (std::size_t n = draw.below(4); n > 0; --n) tenant.sender_domains.push_back(draw.domain());
    }
    const TenantIndex index(tenants);
    for (int question = 0; question < 50; ++question) {
      const base::Ip client = draw.ip();
      EXPECT_EQ(index.of_client(client), walk_for_client(tenants, client)) << base::format_ip(client);
      const std::string domain = draw.domain();
      EXPECT_EQ(index.of_domain(domain), walk_for_domain(tenants, domain)) << domain;
    }
  }
}

TEST(TenantIndex, FindsLoginsAndNamesExactly) {
  std::vector<Tenant> tenants(2);
  tenants[0].name = "acme";
  tenants[0].logins = {"app", "both"};
  tenants[1].name = "shop";
  tenants[1].logins = {"till", "both"};
  const TenantIndex index(tenants);
  EXPECT_EQ(index.of_login("till"), Position(1));
  EXPECT_EQ(index.of_login("both"), Position(0)) << "the first that claims it";
  EXPECT_EQ(index.of_login("Till"), Position(1)) << "folded unless the tenant says exact";
  EXPECT_EQ(index.of_login(""), Position());
  EXPECT_EQ(index.of_name("shop"), Position(1));
  EXPECT_EQ(index.of_name("shops"), Position());
}

TEST(TenantIndex, FindsLoginsByTheirDomain) {
  std::vector<Tenant> tenants(3);
  tenants[0].logins = {"@acme.example"};
  tenants[1].logins = {"boss@acme.example", "*@shop.example"};
  tenants[2].logins = {"SHOP"};
  tenants[2].login_case = LoginCase::exact;
  const TenantIndex index(tenants);
  EXPECT_EQ(index.of_login("ann@Acme.Example"), Position(0));
  EXPECT_EQ(index.of_login("Boss@acme.example"), Position(1)) << "named exactly";
  EXPECT_EQ(index.of_login("ann@shop.example"), Position(1));
  EXPECT_EQ(index.of_login("ann@mail.acme.example"), Position()) << "subdomains are not meant";
  EXPECT_EQ(index.of_login("SHOP"), Position(2));
  EXPECT_EQ(index.of_login("shop"), Position());
}

TEST(TenantIndex, FindsSendersBeforeTheOwnerOfTheirDomain) {
  std::vector<Tenant> tenants(4);
  tenants[0].sender_domains = {"acme.example"};
  tenants[1].senders = {*parse_sender_pattern("ann@acme.example")};
  tenants[2].senders = {*parse_sender_pattern("news-*@acme.example"), *parse_sender_pattern("@free.example")};
  tenants[3].senders = {*parse_sender_pattern("news-daily-*@acme.example")};
  const TenantIndex index(tenants);
  const auto of = [&](const char* address) { return index.of_sender(*mail::parse_address(address)); };
  EXPECT_EQ(of("Ann@acme.example"), Position(1));
  EXPECT_EQ(of("bob@acme.example"), Position(0));
  EXPECT_EQ(of("news-weekly@acme.example"), Position(2));
  EXPECT_EQ(of("news-daily-1@acme.example"), Position(3)) << "the longest beginning";
  EXPECT_EQ(of("x@free.example"), Position(2));
  EXPECT_EQ(of("x@mail.acme.example"), Position(0));
  EXPECT_EQ(of("x@other.example"), Position());
}

TEST(TenantIndex, IsMadeForTheCallWhereNobodyMadeOne) {
  Settings settings;
  settings.tenants.resize(1);
  settings.tenants[0].name = "acme";
  EXPECT_EQ(settings.find_tenant("acme"), &settings.tenants[0]);
  settings.index_tenants();
  EXPECT_EQ(settings.tenant_index(), settings.tenant_index()) << "and kept where somebody did";
  EXPECT_EQ(settings.find_tenant("acme"), &settings.tenants[0]);
}

}  // namespace
}  // namespace signpost::policy
