// Sweeping: what ended long ago and what a replacement left goes, everything else stays, in bounded slices.
#include "store/list/sweep.h"

#include <gtest/gtest.h>

#include "store/list/listing_table.h"
#include "store/store.h"
#include "store/tables.h"
#include "tests/support/workplace.h"

namespace signpost::store::list {
namespace {

using policy::Listing;
using policy::Reason;

base::Wall at(std::int64_t seconds) {
  return base::Wall{std::chrono::seconds{seconds}};
}
Listing listing(std::string address, std::optional<base::Wall> until, std::string tenant = "") {
  Listing made;
  made.address = std::move(address);
  made.until = until;
  made.tenant = std::move(tenant);
  made.since = at(1);
  return made;
}

class SweepTest : public testing::Test {
 protected:
  void SetUp() override {
    env_ = std::move(*lmdb::Env::open(directory_.path() + "/list.mdb", kTableNames, {}));
    writer_ = std::make_unique<lmdb::Writer>(*env_);
    list_ = std::make_unique<SuppressionStore>(*env_, *writer_);
    sweep_ = std::make_unique<Sweep>(*env_, *writer_, *list_);
  }
  /// A whole round; how much went, and in how many slices.
  std::pair<std::uint64_t, int> round(base::Wall ended_before) {
    std::uint64_t removed = 0;
    for (int slices = 1;; ++slices) {
      const auto done = sweep_->slice(ended_before);
      EXPECT_TRUE(done) << done.error().text;
      if (!done) return {removed, slices};
      removed += done->removed;
      if (done->at_end) return {removed, slices};
    }
  }
  std::uint64_t rows(lmdb::Table table) { return *env_->read()->count(table); }

  tests::TempDir directory_;
  std::unique_ptr<lmdb::Env> env_;
  std::unique_ptr<lmdb::Writer> writer_;
  std::unique_ptr<SuppressionStore> list_;
  std::unique_ptr<Sweep> sweep_;
};

TEST_F(SweepTest, WhatEndedBeforeGoesAndNothingElse) {
  ASSERT_TRUE(list_->add(listing("gone@example.net", at(100))));
  ASSERT_TRUE(list_->add(listing("just@example.net", at(101))));
  ASSERT_TRUE(list_->add(listing("both@example.net", at(100))));
  ASSERT_TRUE(list_->add(listing("both@example.net", std::nullopt, "acme")));
  ASSERT_TRUE(list_->add(listing("@example.org", at(50))));
  EXPECT_EQ(round(at(100)).first, 3U);
  EXPECT_EQ(round(at(100)).first, 0U);
  EXPECT_EQ(rows(tables::addresses), 2U);
  EXPECT_EQ(rows(tables::domains), 0U);
  EXPECT_EQ(list_->find({"both", "example.net"})->size(), 1U);
  const auto stats = *list_->stats();
  EXPECT_EQ(stats.by_reason.at(Reason::manual), 2U) << "the counts follow";
  EXPECT_EQ(stats.by_tenant.at("acme"), 1U);
}

TEST_F(SweepTest, ATrialKeepsItsListingForAsLong) {
  Listing tried = listing("bob@example.net", at(10));
  tried.trial = at(150);
  ASSERT_TRUE(list_->add(tried));
  EXPECT_EQ(round(at(149)).first, 0U);
  EXPECT_EQ(round(at(150)).first, 1U);
}

TEST_F(SweepTest, EntriesOfAReplacedSetGoAndThoseBeingLoadedStay) {
  const Place place = *place_of("bob@example.net");
  const auto written = env_->write([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
    std::vector<Entry> entries;
    for (const std::uint64_t generation : {4, 5, 6, 7}) {
      entries.push_back({listing(place.address, {}), generation});
      entries.back().listing.as_given = place.address;
    }
    EXPECT_TRUE(write_record(transaction, place, entries));
    EXPECT_TRUE(transaction.put(tables::meta, kReplacingKey, format_replacing({{Reason::manual, ""}, 7, 0})));
    return transaction.put(tables::sets, set_key(Reason::manual, ""), format_set({5, 1}));
  });
  ASSERT_TRUE(written);
  EXPECT_EQ(round(at(0)).first, 2U);
  const auto left = read_record(*env_->read(), place);
  ASSERT_EQ(left->size(), 2U);
  EXPECT_EQ(left->front().generation, 5U);
  EXPECT_EQ(left->back().generation, 7U);
  EXPECT_EQ(list_->stats()->by_reason.at(Reason::manual), 1U);
}

TEST_F(SweepTest, ADamagedRecordStays) {
  ASSERT_TRUE(env_->write([&](lmdb::WriteTransaction& transaction) {
    return transaction.put(tables::addresses, place_of("bob@example.net")->key, "damaged");
  }));
  EXPECT_EQ(round(at(100)).first, 0U);
  EXPECT_FALSE(list_->find({"bob", "example.net"}));
}

TEST_F(SweepTest, WorksInSlicesAndGoesOnWhereItStopped) {
  std::vector<Listing> many;
  for (int i = 0; i < 2500; ++i)
    many.push_back(
        listing("a" + std::to_string(i) + "@example.net", i % 2 == 0 ? std::optional(at(5)) : std::nullopt));
  ASSERT_TRUE(list_->add_many(many));
  const auto [removed, slices] = round(at(5));
  EXPECT_EQ(removed, 1250U);
  EXPECT_EQ(slices, 1 + 3 + 1 + 1);
}

TEST_F(SweepTest, IndexRowsThatLeadNowhereGo) {
  ASSERT_TRUE(list_->folded().use(Foldings({{"acme", {true, false}}})));
  ASSERT_TRUE(list_->add(listing("bob+a@example.net", {}, "acme")));
  ASSERT_TRUE(list_->add(listing("bob+b@example.net", at(5), "acme")));
  ASSERT_EQ(rows(tables::folded), 2U);
  round(at(5));
  EXPECT_EQ(rows(tables::folded), 1U);
  ASSERT_TRUE(list_->folded().use(Foldings()));
  round(at(5));
  EXPECT_EQ(rows(tables::folded), 0U);
  EXPECT_EQ(list_->find({"bob+a", "example.net"})->size(), 1U);
}

}  // namespace
}  // namespace signpost::store::list
