// Listings in and out: canonical round trips, scopes, domains, generations, pages, damage.
#include "store/list/suppression_store.h"

#include <set>

#include <gtest/gtest.h>

#include "store/hit_store.h"
#include "store/list/opt_outs.h"
#include "store/tables.h"
#include "tests/support/workplace.h"

namespace signpost::store::list {
namespace {

using policy::Listing;
using policy::Reason;

base::Wall at(std::int64_t seconds) {
  return base::Wall{std::chrono::seconds{seconds}};
}

class SuppressionStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    auto env = lmdb::Env::open(directory_.path() + "/list.mdb", kTableNames, {});
    ASSERT_TRUE(env) << env.error().text;
    env_ = std::move(*env);
    writer_ = std::make_unique<lmdb::Writer>(*env_);
    store_ = std::make_unique<SuppressionStore>(*env_, *writer_);
  }
  static Listing listing(const char* address, Reason reason = Reason::manual, const char* tenant = "",
                         const char* stream = "") {
    Listing made;
    made.address = address;
    made.reason = reason;
    made.tenant = tenant;
    made.stream = stream;
    made.since = at(1'800'000'000);
    made.by = "test";
    return made;
  }
  std::vector<Listing> find(const char* address) const {
    const auto parsed = mail::parse_address(address);
    EXPECT_TRUE(parsed) << address;
    auto found = store_->find(*parsed);
    EXPECT_TRUE(found) << found.error().text;
    return found ? *found : std::vector<Listing>{};
  }
  std::vector<std::string> walk(std::size_t limit, const ListingFilter& filter = {},
                                const char* domain = "") const {
    std::vector<std::string> seen;
    std::string after;
    do {
      const auto page = store_->list(after, limit, filter, domain);
      EXPECT_TRUE(page) << page.error().text;
      if (!page) break;
      for (const Listing& one : page->listings) seen.push_back(one.address);
      after = page->next;
    } while (!after.empty());
    return seen;
  }
  base::Result<void> write(lmdb::Table table, const std::string& key, const std::string& value) {
    return env_->write(
        [&](lmdb::WriteTransaction& transaction) { return transaction.put(table, key, value); });
  }

  tests::TempDir directory_;
  std::unique_ptr<lmdb::Env> env_;
  std::unique_ptr<lmdb::Writer> writer_;
  std::unique_ptr<SuppressionStore> store_;
};

TEST_F(SuppressionStoreTest, OneCanonicalKeyOnWriteAndOnRead) {
  const struct {
    const char* added;
    const char* looked_up;
  } rows[] = {
      {"bob@example.net", "BOB@EXAMPLE.NET."},
      {"<Ann@Example.ORG.>", " ann@example.org "},
      {"zoe@b\u00fccher.example", "zoe@xn--bcher-kva.example"},
      {"eve@XN--BCHER-KVA.example", "Eve@B\u00dcCHER.example"},
      {"\"odd one\"@example.net", "\"Odd One\"@example.net"},
      {"lit@[192.0.2.1]", "lit@[192.0.2.1]"},
  };
  for (const auto& row : rows) {
    EXPECT_TRUE(*store_->add(listing(row.added))) << row.added;
    const auto found = find(row.looked_up);
    ASSERT_EQ(found.size(), 1U) << row.looked_up;
    EXPECT_TRUE(mail::parse_address(found[0].address)) << found[0].address << " cannot be read back";
    EXPECT_EQ(*store_->remove(row.looked_up, {}), 1U);
    EXPECT_TRUE(find(row.added).empty());
  }
}

TEST_F(SuppressionStoreTest, EveryFieldComesBack) {
  Listing full = listing("bob@example.net", Reason::unsubscribe, "acme", "bulk");
  full.until = at(1'900'000'000);
  full.note = "550 5.1.1 \u2026 \"unknown\"";
  full.as_given = "<Bob@Example.net>";
  ASSERT_TRUE(store_->add(full));
  EXPECT_EQ(find("bob@example.net"), std::vector<Listing>{full});
}

TEST_F(SuppressionStoreTest, WhatCannotBeListedIsRefused) {
  const Listing bad[] = {listing("nobody"),
                         listing("@"),
                         listing("a@b@c.example"),
                         listing(""),
                         listing("x@y..example"),
                         listing("bob@example.net", Reason::manual, "", "bulk"),
                         listing("bob@example.net", Reason::manual, std::string(256, 't').c_str())};
  for (const Listing& one : bad) {
    const auto added = store_->add(one);
    ASSERT_FALSE(added) << one.address;
    EXPECT_EQ(added.error().kind, base::ErrorKind::invalid);
  }
  Listing wide = listing("bob@example.net");
  wide.subdomains = true;
  EXPECT_FALSE(store_->add(wide));
  EXPECT_TRUE(walk(10).empty());
}

TEST_F(SuppressionStoreTest, TheSameScopeAndReasonIsUpdatedAndKeepsItsSince) {
  ASSERT_TRUE(*store_->add(listing("bob@example.net")));
  Listing again = listing("BOB@example.net");
  again.since = at(1'850'000'000);
  again.until = at(1'860'000'000);
  again.note = "newer";
  EXPECT_FALSE(*store_->add(again));
  auto found = find("bob@example.net");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].since, at(1'800'000'000));
  EXPECT_EQ(found[0].until, at(1'860'000'000));
  EXPECT_EQ(found[0].note, "newer");
  again.since = at(1'870'000'000);
  again.until.reset();
  EXPECT_FALSE(*store_->add(again));
  EXPECT_EQ(find("bob@example.net")[0].since, at(1'870'000'000)) << "the former one had ended";
}

TEST_F(SuppressionStoreTest, ScopesAndReasonsStandBesideEachOther) {
  const Listing all[] = {listing("bob@example.net"), listing("bob@example.net", Reason::complaint),
                         listing("bob@example.net", Reason::manual, "acme"),
                         listing("bob@example.net", Reason::manual, "acme", "bulk"),
                         listing("bob@example.net", Reason::manual, "shop")};
  for (const Listing& one : all) EXPECT_TRUE(*store_->add(one));
  EXPECT_EQ(find("bob@example.net").size(), 5U);
  EXPECT_EQ(*store_->remove("bob@example.net", {Reason::complaint, std::nullopt, std::nullopt}), 1U);
  EXPECT_EQ(*store_->remove("bob@example.net", {std::nullopt, "acme", ""}), 1U);
  EXPECT_EQ(*store_->remove("bob@example.net", {std::nullopt, "", std::nullopt}), 1U);
  EXPECT_EQ(*store_->remove("bob@example.net", {std::nullopt, "nobody", std::nullopt}), 0U);
  EXPECT_EQ(find("bob@example.net").size(), 2U);
  EXPECT_EQ(*store_->remove("bob@example.net", {}), 2U);
  EXPECT_EQ(store_->stats()->addresses, 0U);
}

TEST_F(SuppressionStoreTest, DomainsCoverTheirAddressesAndWithSubdomainsThoseBelow) {
  ASSERT_TRUE(store_->add(listing("@example.net")));
  Listing wide = listing("@Wide.Example.");
  wide.subdomains = true;
  ASSERT_TRUE(store_->add(wide));
  const struct {
    const char* address;
    std::size_t found;
  } rows[] = {
      {"bob@example.net", 1},        {"bob@mail.example.net", 0},
      {"bob@myexample.net", 0},      {"bob@net", 0},
      {"bob@wide.example", 1},       {"bob@a.wide.example", 1},
      {"bob@a.b.c.wide.example", 1}, {"bob@example", 0},
      {"bob@xwide.example", 0},      {"bob@[192.0.2.1]", 0},
  };
  for (const auto& row : rows) EXPECT_EQ(find(row.address).size(), row.found) << row.address;
  EXPECT_EQ(find("x@a.wide.example")[0].address, "@wide.example");
  EXPECT_EQ(*store_->remove("@wide.example", {}), 1U);
  EXPECT_TRUE(find("bob@a.wide.example").empty());
}

TEST_F(SuppressionStoreTest, OnlyTheCurrentGenerationOfASetExists) {
  ASSERT_TRUE(store_->add(listing("old@example.net")));
  ASSERT_TRUE(store_->add(listing("other@example.net", Reason::trap)));
  // A replacement under way has written its entry beside the old one and swaps the set's
  // generation at the end.
  Entry coming{listing("old@example.net"), 1};
  coming.listing.as_given = coming.listing.address;
  coming.listing.note = "replaced";
  Entry former{coming.listing, 0};
  former.listing.note = "";
  ASSERT_TRUE(write(tables::addresses, address_key({"old", "example.net"}),
                    format_record(address_key({"old", "example.net"}), {former, coming})));
  ASSERT_TRUE(
      write(tables::meta, std::string(kReplacingKey), format_replacing({{Reason::manual, ""}, 1, 0})));
  ASSERT_EQ(find("old@example.net").size(), 1U);
  EXPECT_EQ(find("old@example.net")[0].note, "");
  Listing again = listing("old@example.net");
  again.note = "again";
  EXPECT_FALSE(*store_->add(again));
  EXPECT_EQ(find("old@example.net")[0].note, "again");
  ASSERT_TRUE(write(tables::sets, set_key(Reason::manual, ""), format_set({1, 1})));
  ASSERT_EQ(find("old@example.net").size(), 1U);
  EXPECT_EQ(find("old@example.net")[0].note, "again") << "it was acknowledged";
  EXPECT_EQ(find("other@example.net").size(), 1U) << "another reason is another set";
  EXPECT_EQ(walk(10).size(), 2U);
}

TEST_F(SuppressionStoreTest, PagesMeetEveryListingOnceInOrder) {
  std::vector<std::string> expected = {"@a.example", "@z.example"};
  for (const std::string& domain : expected) ASSERT_TRUE(store_->add(listing(domain.c_str())));
  for (int i = 0; i < 25; ++i) {
    const std::string address = "u" + std::to_string(100 + i) + "@m.example";
    expected.push_back(address);
    ASSERT_TRUE(store_->add(listing(address.c_str(), Reason::manual, i % 2 == 0 ? "" : "acme")));
  }
  for (const std::size_t limit : {1U, 2U, 3U, 7U, 27U, 100U}) EXPECT_EQ(walk(limit), expected) << limit;
  EXPECT_EQ(walk(3, {std::nullopt, "acme", std::nullopt}).size(), 12U);
  EXPECT_TRUE(walk(3, {Reason::trap, std::nullopt, std::nullopt}).empty());
  EXPECT_EQ(store_->list("u110@m.example", 1, {})->listings[0].address, "u111@m.example");
  EXPECT_EQ(store_->list("u110x@m.example", 1, {})->listings[0].address, "u111@m.example")
      << "not listed itself";
  EXPECT_FALSE(store_->list("no address", 1, {}));
  std::vector<std::string> visited;
  ASSERT_TRUE(store_->for_each({}, [&](const Listing& one) {
    visited.push_back(one.address);
    return visited.size() < 20;
  }));
  EXPECT_EQ(visited, std::vector<std::string>(expected.begin(), expected.begin() + 20));
}

TEST_F(SuppressionStoreTest, ADomainsPageHoldsItsListingAndItsAddresses) {
  for (const char* address : {"@m.example", "bob@m.example", "ann@m.example", "x@sub.m.example",
                              "y@m.example.org", "z@n.example", "@sub.m.example"}) {
    ASSERT_TRUE(store_->add(listing(address)));
  }
  const std::vector<std::string> expected = {"@m.example", "ann@m.example", "bob@m.example"};
  for (const std::size_t limit : {1U, 2U, 10U}) EXPECT_EQ(walk(limit, {}, "M.example."), expected);
}

TEST_F(SuppressionStoreTest, StatsCountWhatExists) {
  ASSERT_TRUE(store_->add(listing("a@example.net")));
  ASSERT_TRUE(store_->add(listing("a@example.net")));
  ASSERT_TRUE(store_->add(listing("a@example.net", Reason::complaint, "acme")));
  ASSERT_TRUE(store_->add(listing("b@example.net", Reason::complaint, "acme")));
  ASSERT_TRUE(store_->add(listing("@example.org", Reason::trap)));
  ASSERT_TRUE(store_->remove("b@example.net", {}));
  const auto stats = store_->stats();
  EXPECT_EQ(stats->addresses, 1U);
  EXPECT_EQ(stats->domains, 1U);
  EXPECT_EQ(stats->by_reason, (std::map<Reason, std::uint64_t>{
                                  {Reason::complaint, 1}, {Reason::manual, 1}, {Reason::trap, 1}}));
  EXPECT_EQ(stats->by_tenant, (std::map<std::string, std::uint64_t>{{"", 2}, {"acme", 1}}));
}

TEST_F(SuppressionStoreTest, ManyInOneCommitKeepTheGoodAndNameTheBad) {
  std::vector<Listing> many;
  many.reserve(1000);
  for (int i = 0; i < 1000; ++i) many.push_back(listing(("u" + std::to_string(i) + "@example.net").c_str()));
  many[17].address = "none";
  many[999].address = "U0@example.net";
  const auto added = store_->add_many(many);
  ASSERT_TRUE(added);
  EXPECT_EQ(added->created, 998U);
  EXPECT_EQ(added->updated, 1U);
  ASSERT_EQ(added->refused.size(), 1U);
  EXPECT_EQ(added->refused[0].first, 17U);
  EXPECT_EQ(store_->stats()->by_reason.at(Reason::manual), 998U);
}

TEST_F(SuppressionStoreTest, ADamagedRecordIsCorruptNeverNotListedAndCanBeRemoved) {
  ASSERT_TRUE(store_->add(listing("bob@example.net")));
  ASSERT_TRUE(store_->add(listing("ann@example.net")));
  ASSERT_TRUE(write(tables::addresses, address_key({"bob", "example.net"}), "rubbish"));
  const auto found = store_->find({"bob", "example.net"});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, base::ErrorKind::corrupt);
  EXPECT_NE(found.error().text.find("bob@example.net"), std::string::npos) << found.error().text;
  EXPECT_EQ(find("ann@example.net").size(), 1U);
  EXPECT_EQ(store_->add(listing("bob@example.net")).error().kind, base::ErrorKind::corrupt);
  EXPECT_FALSE(store_->list("", 10, {}));
  EXPECT_FALSE(store_->remove("bob@example.net", {Reason::manual, std::nullopt, std::nullopt}));
  EXPECT_EQ(*store_->remove("bob@example.net", {}), 1U);
  EXPECT_TRUE(*store_->add(listing("bob@example.net")));
  // A damaged domain above, or a damaged set, hides nothing either.
  ASSERT_TRUE(write(tables::domains, "net", "rubbish"));
  EXPECT_FALSE(store_->find({"ann", "example.net"}));
  ASSERT_TRUE(store_->remove("@net", {}));
  ASSERT_TRUE(write(tables::sets, set_key(Reason::manual, ""), "rubbish"));
  EXPECT_FALSE(store_->find({"ann", "example.net"}));
}

TEST_F(SuppressionStoreTest, ADamagedHashPreventsNoOptOut) {
  const base::Keyring ring{{{1, base::KeyState::active, std::string(32, 'k')}}};
  ASSERT_TRUE(store_->use_keys(HashKeys(std::make_shared<base::Keyring>(ring))));
  const auto hash = place_of(*store_->hash("bob@example.net"));
  ASSERT_TRUE(hash);
  ASSERT_TRUE(write(hash->table, hash->key, "rubbish"));
  const auto written = writer_->run([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
    Sets sets(transaction);
    const auto added = add_opt_out(transaction, sets, *store_, listing("bob@example.net"));
    if (!added) return tl::unexpected(added.error());
    EXPECT_TRUE(*added);
    auto undone = undo_opt_out(transaction, sets, *store_, listing("ann@example.net"));
    return undone ? sets.write(transaction) : undone;
  });
  ASSERT_TRUE(written) << written.error().text;
  EXPECT_EQ(store_->stats()->addresses, 1U) << "listed in the clear, because it was acknowledged";
  EXPECT_EQ(*store_->remove("bob@example.net", {}), 2U);
}

TEST_F(SuppressionStoreTest, ADamagedRecordLetsAReportWaitAndASpooledHitGoOn) {
  HitStore hits(*env_, *writer_, *store_);
  ASSERT_TRUE(write(tables::addresses, address_key({"bob", "example.net"}), "rubbish"));
  Changes changes;
  changes.listings = {{listing("bob@example.net")}, {listing("ann@example.net")}};
  changes.soft_bounces = {{listing("bob@example.net", Reason::soft_bounce), {1}}};
  changes.waits_for_damaged = true;
  const auto waits = hits.commit({"report-1", 0, 10}, changes);
  ASSERT_FALSE(waits);
  EXPECT_EQ(waits.error().kind, base::ErrorKind::unavailable);
  EXPECT_EQ(*hits.mark("report-1"), 0U);
  EXPECT_TRUE(find("ann@example.net").empty()) << "nothing was done";
  changes.listings.clear();
  EXPECT_FALSE(hits.commit({"report-1", 0, 10}, changes)) << "a score that is due needs the record too";
  changes.waits_for_damaged = false;
  changes.listings = {{listing("bob@example.net")}, {listing("ann@example.net")}};
  const auto goes_on = hits.commit({"hits-1.spool", 0, 10}, changes);
  ASSERT_TRUE(goes_on) << goes_on.error().text;
  EXPECT_EQ(goes_on->refused.size(), 2U);
  EXPECT_EQ(find("ann@example.net").size(), 1U);
}

}  // namespace
}  // namespace signpost::store::list
