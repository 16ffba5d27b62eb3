// A tenant that folds addresses finds its own listings from every address of the mailbox, others do not; the
// index follows the configuration, also over a crash.
#include <gtest/gtest.h>

#include "store/folding_index.h"
#include "store/store.h"
#include "tests/support/workplace.h"

namespace signpost::store {
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
  void fold(std::map<std::string, mail::Folds> tenants) {
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

TEST_F(FoldingTest, RemovedAndForgottenOnesAreFoundNoMore) {
  fold({{"acme", kTags}});
  base::Keyring ring{{{1, base::KeyState::active, std::string(32, 'k')}}};
  ASSERT_TRUE(list().use_keys(HashKeys(std::make_shared<base::Keyring>(ring))));
  add("bob+a@example.net", "acme");
  add("bob+b@example.net", "acme");
  EXPECT_EQ(found("bob@example.net"), "acme acme ");
  EXPECT_EQ(*list().remove("bob+a@example.net", {}), 1U);
  EXPECT_EQ(found("bob@example.net"), "acme ");
  EXPECT_EQ(*list().forget("bob+b@example.net"), 1U);
  EXPECT_EQ(found("bob@example.net"), "") << "a hash is found by its own address only";
  EXPECT_EQ(found("bob+b@example.net"), "acme ");
}

}  // namespace
}  // namespace signpost::store
