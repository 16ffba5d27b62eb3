// Loading many listings: adds as single adds do, replaces at one moment, counts without writing, and
// refuses what it must.
#include "store/list/bulk_load.h"

#include <random>

#include <gtest/gtest.h>

#include "store/store.h"
#include "tests/support/workplace.h"

namespace signpost::store::list {
namespace {

using policy::Listing;
using policy::Reason;

Listing listing(const std::string& address, Reason reason = Reason::hard_bounce,
                const std::string& tenant = "") {
  Listing made;
  made.address = address;
  made.reason = reason;
  made.tenant = tenant;
  made.since = base::Wall(std::chrono::hours(1000));
  made.by = "test";
  return made;
}

std::string user(int number) {
  return "u" + std::to_string(number) + "@example.net";
}

class Bulk : public testing::Test {
 protected:
  base::Result<BulkCounts> load(const std::vector<Listing>& listings, BulkPlan plan = {}) {
    auto begun = store_->bulk().begin(std::move(plan));
    if (!begun) return tl::unexpected(begun.error());
    std::uint64_t number = 0;
    for (const Listing& one : listings) {
      if (auto added = (*begun)->add(one, ++number); !added) return tl::unexpected(added.error());
    }
    return (*begun)->run();
  }
  base::Result<BulkCounts> replace(int first, int end, BulkPlan plan = {}) {
    std::vector<Listing> listings;
    for (int i = first; i < end; ++i) listings.push_back(listing(user(i)));
    plan.replaced = SetName{Reason::hard_bounce, ""};
    return load(listings, std::move(plan));
  }
  std::vector<Listing> all(SuppressionStore& list) {
    std::vector<Listing> found;
    EXPECT_TRUE(list.for_each({}, [&](const Listing& one) {
      found.push_back(one);
      return true;
    }));
    return found;
  }
  std::size_t count() { return all(store_->suppressions()).size(); }
  void reopen() {
    store_.reset();
    store_ = std::move(*Store::open(directory_.path()));
  }

  tests::TempDir directory_;
  std::unique_ptr<Store> store_ = std::move(*Store::open(directory_.path()));
};

TEST_F(Bulk, DoesWhatSingleAddsDo) {
  const tests::TempDir other_directory;
  const auto other = std::move(*Store::open(other_directory.path()));
  std::mt19937 random(5);
  for (int round = 0; round < 4; ++round) {
    std::vector<Listing> listings;
    std::uint64_t added = 0;
    std::uint64_t changed = 0;
    for (int i = 0; i < 400; ++i) {
      Listing one = listing(random() % 10 == 0 ? "@d" + std::to_string(random() % 20) + ".example.net"
                                               : user(static_cast<int>(random() % 300)));
      if (random() % 3 == 0) one.reason = Reason::complaint;
      if (random() % 3 == 0) one.tenant = "acme";
      one.since += std::chrono::hours(i + 1000 * round);
      if (random() % 4 == 0) one.until = one.since + std::chrono::hours(random() % 2000);
      one.note = std::to_string(random());
      listings.push_back(one);
      ++(*other->suppressions().add(one) ? added : changed);
    }
    const auto tried = load(listings, {.dry_run = true, .replaced = {}, .may_shrink = false});
    ASSERT_TRUE(tried);
    const auto loaded = load(listings);
    ASSERT_TRUE(loaded) << loaded.error().text;
    EXPECT_EQ(loaded->added, added);
    EXPECT_EQ(loaded->changed, changed);
    EXPECT_EQ(tried->added, added);
    EXPECT_EQ(tried->changed, changed);
    EXPECT_EQ(all(store_->suppressions()), all(other->suppressions())) << "round " << round;
    EXPECT_EQ(store_->suppressions().stats()->by_reason, other->suppressions().stats()->by_reason);
  }
}

TEST_F(Bulk, WhatOthersAddDuringAReplacementOutlivesIt) {
  ASSERT_TRUE(replace(0, 10));
  BulkPlan plan;
  plan.replaced = SetName{Reason::hard_bounce, ""};
  auto begun = store_->bulk().begin(plan);
  ASSERT_TRUE(begun);
  SuppressionStore& list = store_->suppressions();
  ASSERT_TRUE(list.add(listing("early@example.net")));
  ASSERT_TRUE(list.add(listing("gone@example.net")));
  EXPECT_EQ(list.remove("gone@example.net", {}), 1U);
  ASSERT_TRUE(list.add(listing(user(3))));  // listed, and in the file too
  ASSERT_TRUE(list.add(listing(user(20), Reason::complaint, "acme")));
  for (int i = 0; i < 8; ++i) ASSERT_TRUE((*begun)->add(listing(user(i)), static_cast<std::uint64_t>(i)));
  EXPECT_EQ(count(), 12U) << "nothing is replaced yet";
  ASSERT_TRUE((*begun)->run());
  begun->reset();
  EXPECT_EQ(count(), 10U);
  EXPECT_EQ(list.at("early@example.net")->size(), 1U) << "it was acknowledged";
  EXPECT_TRUE(list.at("gone@example.net")->empty()) << "so was that it went again";
  EXPECT_TRUE(list.at(user(9))->empty());
  EXPECT_EQ(list.stats()->by_reason.at(Reason::hard_bounce), 9U);
  ASSERT_TRUE(list.add(listing("late@example.net")));
  reopen();
  EXPECT_EQ(count(), 11U);
}

/// Growth waits for all readers, so the thread that begins must not be one.
TEST_F(Bulk, AReplacementBeginsInAFullMap) {
  ASSERT_TRUE(replace(0, 19'000));
  for (int i = 0; i < 8; ++i) {  // the map is as large as the file: one of these first writes makes it grow
    store_.reset();
    store_ = std::move(*Store::open(directory_.path(), {.map_bytes = std::uint64_t{64} << 10}));
    BulkPlan plan;
    plan.replaced = SetName{Reason::hard_bounce, ""};
    ASSERT_TRUE(store_->bulk().begin(plan));
    ASSERT_TRUE(store_->suppressions().add(listing("more" + std::to_string(i) + "@example.net")));
  }
  EXPECT_EQ(count(), 19'008U);
}

TEST_F(Bulk, AReplacementThatIsGivenUpLeavesNothingBehind) {
  ASSERT_TRUE(replace(0, 10));
  BulkPlan plan;
  plan.replaced = SetName{Reason::hard_bounce, ""};
  auto begun = store_->bulk().begin(plan);
  ASSERT_TRUE(begun);
  ASSERT_TRUE(store_->suppressions().add(listing("early@example.net")));
  begun->reset();
  ASSERT_TRUE(store_->suppressions().add(listing("late@example.net")));
  EXPECT_EQ(count(), 12U);
  ASSERT_TRUE(replace(0, 9, {.dry_run = false, .replaced = {}, .may_shrink = true}));
  EXPECT_EQ(count(), 9U) << "what came before the replacement began is replaced";
}

TEST_F(Bulk, MoreThanOneTransactionAndADuplicateAcrossThem) {
  std::vector<Listing> listings;
  for (int i = 0; i < 19'999; ++i) listings.push_back(listing("a" + user(i)));
  for (int i = 0; i < 3; ++i) listings.push_back(listing(user(1)));
  const auto tried = load(listings, {.dry_run = true, .replaced = {}, .may_shrink = false});
  ASSERT_TRUE(tried);
  const auto loaded = load(listings);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->added, 20'000U);
  EXPECT_EQ(loaded->changed, 2U);
  EXPECT_EQ(tried->added, 20'000U);
  EXPECT_EQ(tried->changed, 2U);
}

TEST_F(Bulk, TryingWritesNothing) {
  ASSERT_TRUE(load({listing(user(1))}, {.dry_run = true, .replaced = {}, .may_shrink = false}));
  ASSERT_TRUE(replace(0, 5, {.dry_run = true, .replaced = {}, .may_shrink = false}));
  EXPECT_EQ(count(), 0U);
}

TEST_F(Bulk, ReplacesOneSetAndNoOther) {
  ASSERT_TRUE(load({listing(user(0), Reason::complaint, "acme"), listing(user(1), Reason::manual)}));
  ASSERT_TRUE(replace(0, 10));
  const auto replaced = replace(5, 12);
  ASSERT_TRUE(replaced) << replaced.error().text;
  EXPECT_EQ(replaced->added, 2U);
  EXPECT_EQ(replaced->changed, 5U);
  EXPECT_EQ(replaced->removed, 5U);
  EXPECT_EQ(count(), 9U);
  EXPECT_EQ(store_->suppressions().stats()->by_reason.at(Reason::hard_bounce), 7U);
  EXPECT_TRUE(store_->suppressions().at(user(4))->empty());
  EXPECT_EQ(store_->suppressions().at(user(0))->size(), 1U);
  EXPECT_EQ(store_->suppressions().at(user(11))->size(), 1U);
  reopen();
  EXPECT_EQ(count(), 9U);
}

TEST_F(Bulk, AReplacementThatWouldLeaveLessThanHalfWantsForce) {
  ASSERT_TRUE(replace(0, 10));
  const auto refused = replace(0, 4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, base::ErrorKind::limit);
  EXPECT_EQ(count(), 10U);
  EXPECT_TRUE(replace(0, 5)) << "half is not less than half";
  const auto forced = replace(0, 1, {.dry_run = false, .replaced = {}, .may_shrink = true});
  ASSERT_TRUE(forced);
  EXPECT_EQ(forced->removed, 4U);
  EXPECT_EQ(count(), 1U);
}

TEST_F(Bulk, OtherListsAreNoPartOfAReplacement) {
  auto begun = store_->bulk().begin(
      {.dry_run = false, .replaced = SetName{Reason::hard_bounce, ""}, .may_shrink = false});
  ASSERT_TRUE(begun);
  const auto other = (*begun)->add(listing(user(1), Reason::complaint), 1);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, base::ErrorKind::invalid);
  EXPECT_FALSE((*begun)->add(listing(user(1), Reason::hard_bounce, "acme"), 2));
}

TEST_F(Bulk, WhatACutReplacementLeftNeverCounts) {
  ASSERT_TRUE(replace(0, 4));
  {  // what a load leaves that ended between its last listing and the swap
    auto begun = store_->bulk().begin(
        {.dry_run = false, .replaced = SetName{Reason::hard_bounce, ""}, .may_shrink = false});
    ASSERT_TRUE(begun);
    ASSERT_TRUE((*begun)->add(listing(user(77)), 1));
  }
  EXPECT_EQ(count(), 4U);
  ASSERT_TRUE(replace(0, 3));
  EXPECT_EQ(count(), 3U);
}

TEST_F(Bulk, OneAtATime) {
  auto first = store_->bulk().begin({});
  ASSERT_TRUE(first);
  const auto second = store_->bulk().begin({});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, base::ErrorKind::limit);
  EXPECT_TRUE(store_->bulk().progress().loading);
  first->reset();
  EXPECT_TRUE(store_->bulk().begin({}));
  EXPECT_FALSE(store_->bulk().progress().loading);
}

TEST_F(Bulk, AStoppedReplacementLeavesWhatWasThere) {
  ASSERT_TRUE(replace(0, 4));
  store_->bulk().stop();
  EXPECT_FALSE(replace(0, 40));
  EXPECT_EQ(count(), 4U);
}

TEST_F(Bulk, RefusesWhatCannotBeListed) {
  auto begun = store_->bulk().begin({});
  ASSERT_TRUE(begun);
  EXPECT_FALSE((*begun)->add(listing("nobody"), 1));
  EXPECT_FALSE((*begun)->add(listing("hmac:1:" + std::string(64, 'a')), 2)) << "there is no such key";
  ASSERT_TRUE((*begun)->add(listing(user(1)), 3));
  EXPECT_EQ((*begun)->run()->added, 1U);
}

}  // namespace
}  // namespace signpost::store::list
