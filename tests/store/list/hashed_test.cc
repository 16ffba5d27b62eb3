// Listings kept as keyed hash: found like those in the clear, moved there by `forget`, and never
// silently lost with a key.
#include <gtest/gtest.h>

#include "mail/hashed_address.h"
#include "store/store.h"
#include "tests/support/workplace.h"

namespace signpost::store::list {
namespace {

using base::KeyState;
using policy::Listing;
using policy::Reason;

base::RingKey key(std::uint8_t id, KeyState state, char fill) {
  return {id, state, std::string(32, fill)};
}
HashKeys keys(std::vector<base::RingKey> list) {
  return HashKeys(std::make_shared<base::Keyring>(base::Keyring{std::move(list)}));
}
Listing listing(std::string address, Reason reason = Reason::complaint, std::string tenant = "acme") {
  Listing made;
  made.address = std::move(address);
  made.reason = reason;
  made.tenant = std::move(tenant);
  made.since = base::Wall{std::chrono::seconds{1'800'000'000}};
  made.by = "test";
  made.note = "diagnostic for Bob Jones";
  made.as_given = "Bob@Example.NET";
  return made;
}

class HashedTest : public testing::Test {
 protected:
  void SetUp() override { open(keys({key(1, KeyState::active, 'a')})); }
  void open(HashKeys ring) {
    store_.reset();
    store_ = std::move(*Store::open(directory_.path()));
    opened_ = list().use_keys(std::move(ring));
  }
  SuppressionStore& list() { return store_->suppressions(); }
  std::size_t found(const char* address) { return list().find(*mail::parse_address(address))->size(); }
  std::string hash(const char* address) { return *list().hash(address); }

  tests::TempDir directory_;
  std::unique_ptr<Store> store_;
  base::Result<void> opened_;
};

TEST_F(HashedTest, AnAddressIsFoundByItsHashInEverySpelling) {
  Listing hashed = listing(hash("bob@example.net"));
  ASSERT_TRUE(list().add(hashed));
  const auto all = list().find(*mail::parse_address("<BOB@EXAMPLE.NET.>"));
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ(all->front().address, hashed.address);
  EXPECT_EQ(all->front().as_given, hashed.address) << "the spelling is not kept";
  EXPECT_EQ(found("rob@example.net"), 0U);
}

TEST_F(HashedTest, TheHashIsTheOneOfTheCanonicalKey) {
  const mail::HashedAddress expected =
      mail::hash_address(key(1, KeyState::active, 'a'), "bob smith@example.net");
  EXPECT_EQ(hash("\"Bob Smith\"@Example.NET"), mail::format_hashed_address(expected));
}

TEST_F(HashedTest, DomainsAndTheirSubdomainsAreFoundToo) {
  Listing domain = listing(hash("@example.net"));
  domain.subdomains = true;
  ASSERT_TRUE(list().add(domain));
  EXPECT_EQ(found("bob@example.net"), 1U);
  EXPECT_EQ(found("bob@mail.example.net"), 1U);
  EXPECT_EQ(found("bob@example.org"), 0U);
}

TEST_F(HashedTest, ForgetKeepsTheBlocksAndNothingElse) {
  Listing until = listing("bob@example.net", Reason::hard_bounce, "");
  until.until = until.since + std::chrono::hours(24);
  ASSERT_TRUE(list().add(listing("bob@example.net")));
  ASSERT_TRUE(list().add(until));
  EXPECT_EQ(*list().forget("Bob@example.net"), 2U);
  EXPECT_EQ(*list().forget("bob@example.net"), 0U);
  const auto all = list().find(*mail::parse_address("bob@example.net"));
  ASSERT_EQ(all->size(), 2U);
  for (const Listing& one : *all) {
    EXPECT_EQ(one.address, hash("bob@example.net"));
    EXPECT_EQ(one.note, "");
    EXPECT_EQ(one.since, until.since);
    EXPECT_EQ(one.by, "test");
  }
  const auto stats = *list().stats();
  EXPECT_EQ(stats.addresses, 0U);
  EXPECT_EQ(stats.hashed, 1U);
  EXPECT_EQ(stats.by_reason.at(Reason::complaint), 1U);
}

TEST_F(HashedTest, ForgettingTwiceKeepsTheLongerBlock) {
  Listing ends = listing("bob@example.net");
  ends.until = ends.since;
  ASSERT_TRUE(list().add(ends));
  ASSERT_EQ(*list().forget("bob@example.net"), 1U);
  ASSERT_TRUE(list().add(listing("bob@example.net")));
  ASSERT_EQ(*list().forget("bob@example.net"), 0U) << "it is a hash already";
  const auto all = list().find(*mail::parse_address("bob@example.net"));
  ASSERT_EQ(all->size(), 1U);
  EXPECT_FALSE(all->front().until);
  EXPECT_EQ(list().stats()->by_tenant.at("acme"), 1U);
}

TEST_F(HashedTest, DelTakesOffBothKindsAndListShowsBoth) {
  ASSERT_TRUE(list().add(listing("bob@example.net")));
  ASSERT_TRUE(list().add(listing(hash("bob@example.net"))));
  ASSERT_TRUE(list().add(listing(hash("ann@example.net"))));
  const auto first = list().list("", 1, {});
  ASSERT_EQ(first->listings.size(), 1U);
  const auto rest = list().list(first->next, 10, {});
  EXPECT_EQ(rest->listings.size(), 2U);
  EXPECT_EQ(list().list(rest->listings.front().address, 10, {})->listings.size(), 1U);
  EXPECT_EQ(*list().remove("bob@example.net", {}), 2U);
  EXPECT_EQ(*list().remove(hash("ann@example.net"), {}), 1U);
  EXPECT_EQ(list().stats()->hashed, 0U);
}

TEST_F(HashedTest, ARotatedRingStillFindsWhatOldKeysHashed) {
  const std::string old = hash("bob@example.net");
  ASSERT_TRUE(list().add(listing(old)));
  open(keys({key(1, KeyState::accept, 'a'), key(2, KeyState::active, 'b')}));
  ASSERT_TRUE(opened_);
  EXPECT_EQ(found("bob@example.net"), 1U);
  EXPECT_NE(hash("bob@example.net"), old);
}

TEST_F(HashedTest, AMissingRevokedOrChangedKeyIsTold) {
  ASSERT_TRUE(list().add(listing(hash("bob@example.net"))));
  const struct {
    HashKeys ring;
    bool good;
  } rows[] = {
      {HashKeys(), false},
      {keys({key(2, KeyState::active, 'a')}), false},
      {keys({key(1, KeyState::revoked, 'a'), key(2, KeyState::active, 'b')}), false},
      {keys({key(1, KeyState::active, 'x')}), false},
      {keys({key(1, KeyState::active, 'a')}), true},
  };
  for (const auto& row : rows) {
    open(row.ring);
    EXPECT_EQ(opened_.has_value(), row.good);
    if (!row.good) {
      EXPECT_EQ(opened_.error().kind, base::ErrorKind::not_found);
      EXPECT_NE(opened_.error().text.find("key 1"), std::string::npos) << opened_.error().text;
    }
  }
}

TEST_F(HashedTest, AKeyThatNothingNeedsMayGo) {
  ASSERT_TRUE(list().add(listing("bob@example.net")));
  open(HashKeys());
  EXPECT_TRUE(opened_);
  EXPECT_FALSE(list().forget("bob@example.net"));
  EXPECT_FALSE(list().add(listing("hmac:1:" + std::string(64, 'a')))) << "no lookup would ever find it";
  EXPECT_EQ(found("bob@example.net"), 1U);
}

/// An erased person stays erased, whoever names the address again.
class ErasedTest : public HashedTest {
 protected:
  void SetUp() override {
    HashedTest::SetUp();
    ASSERT_TRUE(list().add(listing("bob@example.net")));
    ASSERT_EQ(list().forget("bob@example.net").value_or(0), 1u);
  }
  /// All listings as text: "reason address".
  std::vector<std::string> all() {
    std::vector<std::string> lines;
    EXPECT_TRUE(list().for_each({}, [&](const Listing& one) {
      lines.push_back(std::string(policy::reason_word(one.reason)) + " " + one.address + " " + one.note +
                      one.as_given);
      return true;
    }));
    return lines;
  }
  BulkCounts load(BulkPlan plan, std::vector<Listing> listings) {
    auto begun = store_->bulk().begin(std::move(plan));
    EXPECT_TRUE(begun) << begun.error().text;
    if (!begun) return {};
    for (std::size_t i = 0; i < listings.size(); ++i) EXPECT_TRUE((*begun)->add(listings[i], i));
    auto counts = (*begun)->run();
    EXPECT_TRUE(counts) << counts.error().text;
    return counts.value_or(BulkCounts{});
  }
  std::string hashed(const std::string& reason, const char* address) {
    return reason + " " + hash(address) + " " + hash(address);
  }
};

TEST_F(ErasedTest, AddingTheAddressAgainAddsAHash) {
  ASSERT_TRUE(list().add(listing("Bob@example.net", Reason::manual)));
  EXPECT_EQ(all(), (std::vector<std::string>{hashed("complaint", "bob@example.net"),
                                             hashed("manual", "bob@example.net")}));
  EXPECT_EQ(list().remove("bob@example.net", {}).value_or(0), 2u);
  ASSERT_TRUE(list().add(listing("bob@example.net")));
  EXPECT_EQ(all(),
            std::vector<std::string>{"complaint bob@example.net diagnostic for Bob JonesBob@Example.NET"})
      << "once the hash is deleted, the address may be listed in the clear";
}

TEST_F(ErasedTest, AnImportAddsAHash) {
  const BulkCounts counts = load({}, {listing("BOB@example.net"), listing("ann@example.net")});
  EXPECT_EQ(counts.added, 1u);
  EXPECT_EQ(counts.changed, 1u);
  const auto listed = all();
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_TRUE(listed[0].starts_with("complaint ann@example.net "));
  EXPECT_EQ(listed[1], hashed("complaint", "bob@example.net"));
}

TEST_F(ErasedTest, AReplacementKeepsThem) {
  ASSERT_TRUE(list().add(listing("old@example.net")));
  BulkPlan plan;
  plan.replaced = SetName{Reason::complaint, "acme"};
  plan.dry_run = true;
  BulkCounts counts = load(plan, {listing("new@example.net")});
  EXPECT_EQ(counts.removed, 1u);
  plan.dry_run = false;
  counts = load(plan, {listing("new@example.net")});
  EXPECT_EQ(counts.added, 1u);
  EXPECT_EQ(counts.removed, 1u) << "old@example.net; the erased person was not named";
  EXPECT_EQ(found("bob@example.net"), 1u);
  EXPECT_EQ(found("old@example.net"), 0u);
  EXPECT_EQ(list().stats()->by_reason.at(Reason::complaint), 2u);
  // Named, it is there once.
  counts = load(plan, {listing("bob@example.net"), listing("new@example.net")});
  EXPECT_EQ(counts.added, 0u);
  EXPECT_EQ(counts.changed, 2u);
  EXPECT_EQ(counts.removed, 0u);
  EXPECT_EQ(found("bob@example.net"), 1u);
  EXPECT_EQ(list().stats()->by_reason.at(Reason::complaint), 2u);
}

TEST_F(ErasedTest, ThousandsOfThemAreKept) {
  for (int i = 0; i < 2500; ++i) {
    Listing one = listing("x@example.net");
    one.address = hash(("p" + std::to_string(i) + "@example.net").c_str());
    ASSERT_TRUE(list().add(one));
  }
  BulkPlan plan;
  plan.replaced = SetName{Reason::complaint, "acme"};
  const BulkCounts counts = load(plan, {listing("new@example.net")});
  EXPECT_EQ(counts.removed, 0u);
  for (int i = 0; i < 2500; i += 100)
    EXPECT_EQ(found(("p" + std::to_string(i) + "@example.net").c_str()), 1u) << i;
  EXPECT_EQ(list().stats()->by_reason.at(Reason::complaint), 2502u);
}

TEST_F(ErasedTest, AnImportOfHashesKeepsNoAddress) {
  BulkPlan plan;
  plan.hashed = true;
  load(plan, {listing("ann@example.net"), listing("@gone.example")});
  for (const std::string& line : all()) EXPECT_NE(line.find("hmac:"), std::string::npos) << line;
  EXPECT_EQ(found("ann@example.net"), 1u);
  EXPECT_EQ(found("any@gone.example"), 1u);
  open({});
  EXPECT_FALSE(store_->bulk().begin(plan)) << "without a key";
}

}  // namespace
}  // namespace signpost::store::list
