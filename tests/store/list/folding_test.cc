// A tenant that folds addresses finds its own listings from every address of the mailbox, others do not; the
// index follows the configuration, also over a crash.
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "store/list/folding_index.h"
#include "store/store.h"
#include "tests/support/workplace.h"

namespace signpost::store::list {
namespace {

using policy::Listing;

constexpr mail::Folds kTags{true, false};
constexpr mail::Folds kBoth{true, true};

Listing listing(std::string address, std::string tenant) {
  Listing made;
  made.address = std::move(address);
  made.tenant = std::move(tenant);
  made.since = base::Wall{std::chrono::seconds{1}};
  return made;
}

class FoldingTest : public testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    store_.reset();
    store_ = std::move(*Store::open(directory_.path()));
  }
  SuppressionStore& list() { return store_->suppressions(); }
  void fold(const std::map<std::string, mail::Folds>& tenants) {
    ASSERT_TRUE(list().folded().use(Foldings(tenants)));
  }
  void add(const char* address, const char* tenant) { ASSERT_TRUE(list().add(listing(address, tenant))); }
  /// The tenants whose listings are found, in order.
  std::string found(const char* address) {
    const auto listings = list().find(*mail::parse_address(address));
    EXPECT_TRUE(listings) << listings.error().text;
    std::multiset<std::string> tenants;
    for (const Listing& one : *listings) tenants.insert(one.tenant.empty() ? "*" : one.tenant);
    std::string text;
    for (const std::string& tenant : tenants) text += tenant + " ";
    return text;
  }

  tests::TempDir directory_;
  std::unique_ptr<Store> store_;
};

TEST_F(FoldingTest, OnlyTheTenantsOwnListingsAreMeant) {
  fold({{"acme", kTags}, {"shop", {}}});
  for (const char* tenant : {"", "acme", "shop"}) add("bob+news@example.net", tenant);
  EXPECT_EQ(found("bob+news@example.net"), "* acme shop ");
  EXPECT_EQ(found("bob@example.net"), "acme ");
  EXPECT_EQ(found("Bob+other@example.net"), "acme ");
  EXPECT_EQ(found("rob@example.net"), "");
}

TEST_F(FoldingTest, TheFoldedAddressStandsForAllToo) {
  fold({{"acme", kBoth}});
  add("bob@gmail.com", "acme");
  add("bob@gmail.com", "");
  EXPECT_EQ(found("b.o.b+x@googlemail.com"), "acme ");
  EXPECT_EQ(found("bob@gmail.com"), "* acme ");
  EXPECT_EQ(found("bob@example.com"), "");
}

TEST_F(FoldingTest, EachTenantFoldsInItsOwnWay) {
  fold({{"acme", kTags}, {"bank", {false, true}}});
  add("b.ob@gmail.com", "acme");
  add("b.ob@gmail.com", "bank");
  EXPECT_EQ(found("b.ob+x@gmail.com"), "acme ");
  EXPECT_EQ(found("bob@gmail.com"), "bank ");
  EXPECT_EQ(found("b.ob@gmail.com"), "acme bank ");
}

TEST_F(FoldingTest, FoldingIsSwitchedOnAndOffForWhatIsListedAlready) {
  std::vector<Listing> many;
  many.reserve(1500);
  for (int i = 0; i < 1500; ++i) many.push_back(listing("u" + std::to_string(i) + "+x@example.net", "acme"));
  ASSERT_TRUE(list().add_many(many));
  EXPECT_EQ(found("u0@example.net"), "");
  fold({{"acme", kTags}});
  EXPECT_EQ(found("u0@example.net"), "acme ");
  EXPECT_EQ(found("u1499+y@example.net"), "acme ");
  open();
  fold({{"acme", kTags}});
  EXPECT_EQ(found("u7@example.net"), "acme ");
  fold({});
  EXPECT_EQ(found("u7@example.net"), "");
  EXPECT_EQ(found("u7+x@example.net"), "acme ");
}

TEST_F(FoldingTest, WhatIsLoadedInBulkIsFoundFromEveryAddressToo) {
  fold({{"acme", kBoth}});
  add("eve+single@example.net", "acme");
  const auto load = [&](std::vector<Listing> listings, std::optional<SetName> replaced) {
    auto begun =
        store_->bulk().begin({.dry_run = false, .replaced = std::move(replaced), .may_shrink = true});
    ASSERT_TRUE(begun) << begun.error().text;
    for (Listing& one : listings) ASSERT_TRUE((*begun)->add(std::move(one), 0));
    ASSERT_TRUE((*begun)->run());
  };
  load({listing("bob+news@example.net", "acme"), listing("a.n.n@gmail.com", "acme"),
        listing("rob+x@example.net", "shop")},
       std::nullopt);
  EXPECT_EQ(found("bob+other@example.net"), "acme ");
  EXPECT_EQ(found("ann@googlemail.com"), "acme ");
  EXPECT_EQ(found("rob@example.net"), "");
  EXPECT_EQ(found("eve@example.net"), "acme ");

  load({listing("bob+new@example.net", "acme"), listing("z.oe@gmail.com", "acme")},
       SetName{policy::Reason::manual, "acme"});
  EXPECT_EQ(found("bob@example.net"), "acme ") << "the former entry has gone";
  EXPECT_EQ(found("bob+news@example.net"), "acme ");
  EXPECT_EQ(found("zoe+x@gmail.com"), "acme ");
  EXPECT_EQ(found("ann@gmail.com"), "");
  EXPECT_EQ(found("eve@example.net"), "");
  while (!store_->sweep().slice({})->at_end) continue;
  EXPECT_EQ(found("bob@example.net"), "acme ");
  EXPECT_EQ(found("zoe+x@gmail.com"), "acme ");
}

class HashedFoldingTest : public FoldingTest {
 protected:
  void SetUp() override {
    open();
    use_keys({{1, base::KeyState::active, std::string(32, 'k')}});
  }
  void use_keys(std::vector<base::RingKey> keys) {
    ASSERT_TRUE(list().use_keys(HashKeys(std::make_shared<base::Keyring>(base::Keyring{std::move(keys)}))));
  }
  /// Each of them once.
  std::set<std::string> tenants_at(SuppressionStore& list, const std::string& address) {
    std::set<std::string> tenants;
    const auto listings = list.find(*mail::parse_address(address));
    EXPECT_TRUE(listings) << listings.error().text;
    for (const Listing& one : *listings) tenants.insert(one.tenant);
    return tenants;
  }
};

TEST_F(HashedFoldingTest, RemovedOnesAreFoundNoMoreForgottenOnesAre) {
  fold({{"acme", kTags}});
  add("bob+a@example.net", "acme");
  add("bob+b@example.net", "acme");
  add("bob+b@example.net", "shop");
  EXPECT_EQ(found("bob@example.net"), "acme acme ");
  EXPECT_EQ(*list().remove("bob+a@example.net", {}), 1U);
  EXPECT_EQ(found("bob@example.net"), "acme ");
  EXPECT_EQ(*list().forget("bob+b@example.net"), 2U);
  EXPECT_EQ(found("bob@example.net"), "acme ");
  EXPECT_EQ(found("bob+c@example.net"), "acme ");
  EXPECT_EQ(found("bob+b@example.net"), "acme acme shop ") << "of its own and of the mailbox";
  EXPECT_EQ(*list().remove("bob+b@example.net", {}), 3U);
  EXPECT_EQ(found("bob+b@example.net"), "");
  EXPECT_EQ(found("bob@example.net"), "");
  EXPECT_TRUE(list().stats()->by_tenant.empty());
}

TEST_F(HashedFoldingTest, AHashOutlivesFoldingAndItsKey) {
  fold({{"acme", kBoth}});
  ASSERT_TRUE(list().add_hashed(listing("b.ob+x@gmail.com", "acme")));
  open();
  fold({{"acme", kBoth}});
  use_keys(
      {{1, base::KeyState::accept, std::string(32, 'k')}, {2, base::KeyState::active, std::string(32, 'n')}});
  EXPECT_EQ(found("bob+y@googlemail.com"), "acme ");
  fold({});
  EXPECT_EQ(found("b.ob+x@gmail.com"), "acme ");
  EXPECT_EQ(found("bob@gmail.com"), "acme ") << "it was the same mailbox when the list was told";
  EXPECT_EQ(found("bob+y@gmail.com"), "");
}

TEST_F(HashedFoldingTest, EveryAddressIsFoundByHashJustAsInTheClear) {
  const std::map<std::string, mail::Folds> tenants = {
      {"none", {}}, {"tags", kTags}, {"dots", {false, true}}, {"both", kBoth}};
  const tests::TempDir other_directory;
  const auto other = std::move(*Store::open(other_directory.path()));
  SuppressionStore& clear = other->suppressions();
  ASSERT_TRUE(clear.folded().use(Foldings(tenants)));
  fold(tenants);
  std::mt19937 random(7);
  const auto any_address = [&] {
    std::string local;
    for (std::size_t size = 1 + random() % 4; local.size() < size;) local += "aB+."[random() % 4];
    const char* const domains[] = {"gmail.com", "GoogleMail.com", "example.net"};
    return "\"" + local + "\"@" + domains[random() % 3];
  };
  std::set<std::string> probes;
  for (int i = 0; i < 60; ++i) {
    const std::string address = any_address();
    const auto tenant = std::next(tenants.begin(), static_cast<long>(random() % 5) % 4);
    const Listing one = listing(address, random() % 8 == 0 ? "" : tenant->first);
    ASSERT_TRUE(clear.add(one));
    if (random() % 2 == 0) {
      ASSERT_TRUE(list().add_hashed(one));
    } else {
      ASSERT_TRUE(list().add(one));
      ASSERT_TRUE(list().forget(one.address));
    }
    probes.insert(address);
  }
  EXPECT_EQ(list().stats()->addresses, 0U);
  for (int i = 0; i < 400; ++i) probes.insert(any_address());
  int hits = 0;
  for (const std::string& address : probes) {
    const auto expected = tenants_at(clear, address);
    EXPECT_EQ(tenants_at(list(), address), expected) << address;
    hits += expected.empty() ? 0 : 1;
  }
  EXPECT_GT(hits, 60);
  EXPECT_LT(hits, static_cast<int>(probes.size()));
}

}  // namespace
}  // namespace signpost::store::list
