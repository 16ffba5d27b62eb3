// Hits in the store: counted exactly once, listed, taken back, swept.
#include "store/hit_store.h"

#include <gtest/gtest.h>

#include "store/store.h"
#include "tests/support/provider_counts.h"
#include "tests/support/workplace.h"

namespace signpost::store {
namespace {

constexpr std::uint32_t kTenant = 7;

base::Wall at(std::int64_t seconds) {
  return base::Wall{std::chrono::seconds{seconds}};
}

policy::Listing unsubscribe(const char* address, std::int64_t when, const char* by = "web") {
  policy::Listing listing;
  listing.address = address;
  listing.tenant = "shop";
  listing.stream = "bulk";
  listing.reason = policy::Reason::unsubscribe;
  listing.since = at(when);
  listing.by = by;
  return listing;
}

policy::Listing hard(const char* address, std::int64_t when, const char* note = "550 5.1.1 no") {
  policy::Listing listing = unsubscribe(address, when, "bounce");
  listing.stream.clear();
  listing.reason = policy::Reason::hard_bounce;
  listing.note = note;
  return listing;
}

class HitStoreTest : public testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    store_.reset();
    auto store = Store::open(directory_.path() + "/store");
    ASSERT_TRUE(store) << store.error().text;
    store_ = std::move(*store);
  }
  HitStore& hits() { return store_->hits(); }
  std::size_t listed(const char* address) {
    return store_->suppressions().find(*mail::parse_address(address))->size();
  }

  tests::TempDir directory_;
  std::unique_ptr<Store> store_;
};

TEST_F(HitStoreTest, CommitsABatchAndItsMarkTogether) {
  Changes batch{{}, {}, {}};
  batch.counts[{kTenant, "november", 10, Counted::click, 3}] = 2;
  batch.places[{kTenant, "november", 3}] = "https://shop.example/tea";
  batch.listings = {{unsubscribe("ann@example.org", 1000)}};
  ASSERT_TRUE(hits().commit({"hits-1.spool", 0, 100}, batch));
  const auto again = hits().commit({"hits-1.spool", 0, 100}, batch);
  ASSERT_FALSE(again) << "the same stretch a second time";
  EXPECT_EQ(again.error().kind, base::ErrorKind::invalid);
  open();
  EXPECT_EQ(*hits().mark("hits-1.spool"), 100u);
  EXPECT_EQ((hits().counts(kTenant, "november")->at({kTenant, "november", 10, Counted::click, 3})), 2u);
  EXPECT_EQ((hits().places(kTenant, "november")->at({kTenant, "november", 3})), "https://shop.example/tea");
  EXPECT_EQ(listed("ann@example.org"), 1u);
  ASSERT_TRUE(hits().forget("hits-1.spool"));
  EXPECT_EQ(*hits().mark("hits-1.spool"), 0u);
}

TEST_F(HitStoreTest, AddsToWhatIsThereAndKeepsCampaignsApart) {
  ASSERT_TRUE(hits().add({{{kTenant, "nov", 10, Counted::recipient, 0}, 5}}));
  ASSERT_TRUE(hits().add({{{kTenant, "nov", 11, Counted::recipient, 0}, 6},
                          {{kTenant, "november", 10, Counted::recipient, 0}, 100},
                          {{kTenant + 1, "nov", 10, Counted::recipient, 0}, 1000}}));
  EXPECT_EQ(*hits().recipients(kTenant, "nov"), 11u);
  EXPECT_EQ(*hits().recipients(kTenant, "november"), 100u);
  EXPECT_EQ(*hits().recipients(kTenant, ""), 0u);
}

TEST_F(HitStoreTest, TakesBackWhatWasCountedAsSomethingElse) {
  const Counter human{kTenant, "nov", 10, Counted::click, 3};
  const Counter scanner{kTenant, "nov", 10, Counted::click_scanner, 3};
  const StreamCounter by_stream{kTenant, "nov", 10, Counted::click, "bulk"};
  ASSERT_TRUE(hits().add({{human, 3}}, {{by_stream, 1}}));
  Changes changes{{{human, 1}, {scanner, 2}}, {}, {}};
  changes.taken_back = {{human, 2}, {{kTenant, "nov", 11, Counted::open, 0}, 5}};
  changes.streams_taken_back = {{by_stream, 1}};
  ASSERT_TRUE(hits().commit({"hits-1.spool", 0, 100}, changes));
  EXPECT_EQ(*hits().counts(kTenant, "nov"), (Counts{{human, 2}, {scanner, 2}}));
  EXPECT_TRUE(hits().streams(kTenant, "nov")->empty()) << "nothing is left of it";
}

TEST_F(HitStoreTest, NamesTheCampaignsOfATenant) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(*hits().campaigns(kTenant, {}, 9), Names{});
  Counts counts;
  for (const char* name : {"", "nov", "november", "nov\1", "\xC3\xA9"})
    for (std::uint32_t hour = 10; hour < 13; ++hour) counts[{kTenant, name, hour, Counted::click, 1}] = 1;
  counts[{kTenant - 1, "before", 10, Counted::click, 1}] = 1;
  counts[{kTenant + 1, "behind", 10, Counted::click, 1}] = 1;
  ASSERT_TRUE(hits().add(counts));
  EXPECT_EQ(*hits().campaigns(kTenant, {}, 9), (Names{"", "nov", "nov\1", "november", "\xC3\xA9"}));
  EXPECT_EQ(*hits().campaigns(kTenant, {}, 2), (Names{"", "nov"}));
  EXPECT_EQ(*hits().campaigns(kTenant, "nov", 2), (Names{"nov\1", "november"}));
  EXPECT_EQ(*hits().campaigns(kTenant, "", 1), Names{"nov"});
  EXPECT_EQ(*hits().campaigns(kTenant, "o", 9), Names{"\xC3\xA9"});
  EXPECT_EQ(*hits().campaigns(kTenant, "\xFF", 9), Names{});
}

TEST_F(HitStoreTest, UndoTakesBackOnlyItsOwnEntry) {
  ASSERT_TRUE(store_->suppressions().add(unsubscribe("old@example.org", 500, "operator uid=0")));
  Changes batch{{}, {}, {{unsubscribe("ann@example.org", 1000)}, {unsubscribe("bob@example.org", 1000)}}};
  ASSERT_TRUE(hits().commit({"hits-1.spool", 0, 10}, batch));
  Changes undo{{}, {}, {}};
  undo.listings = {{unsubscribe("ann@example.org", 1000), true},
                   {unsubscribe("bob@example.org", 999), true},
                   {unsubscribe("old@example.org", 500), true},
                   {unsubscribe("nobody@example.org", 1), true}};
  ASSERT_TRUE(hits().commit({"hits-1.spool", 10, 20}, undo));
  EXPECT_EQ(listed("ann@example.org"), 0u);
  EXPECT_EQ(listed("bob@example.org"), 1u) << "made at another time";
  EXPECT_EQ(listed("old@example.org"), 1u) << "made by somebody else";
}

TEST_F(HitStoreTest, AnUndoOfTheSecondTimeIsAnUndo) {
  constexpr std::int64_t kMinute = 60;
  Changes batch{{}, {}, {}};
  for (const char* address : {"ann@example.org", "bob@example.org"}) {
    batch.listings.push_back({unsubscribe(address, 1000)});
    batch.listings.push_back({unsubscribe(address, 1000 + 5 * kMinute)});
  }
  const auto outcome = hits().commit({"hits-1.spool", 0, 10}, batch);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->fresh, (std::vector<std::size_t>{0, 2}));
  Changes undo{{}, {}, {}};
  undo.listings = {{unsubscribe("ann@example.org", 1000 + 5 * kMinute), true},
                   {unsubscribe("bob@example.org", 1000 + 11 * kMinute), true}};
  ASSERT_TRUE(hits().commit({"hits-1.spool", 10, 20}, undo));
  EXPECT_EQ(listed("ann@example.org"), 0u);
  EXPECT_EQ(listed("bob@example.org"), 1u) << "who left longer ago has left";
}

TEST_F(HitStoreTest, WhatSomebodyElseListedStaysTheirs) {
  policy::Listing paused = unsubscribe("ann@example.org", 1000, "operator uid=0");
  paused.note = "by phone";
  paused.until = at(9000);
  ASSERT_TRUE(store_->suppressions().add(paused));
  Changes batch{{}, {}, {{unsubscribe("ann@example.org", 2000)}}};
  ASSERT_TRUE(hits().commit({"hits-1.spool", 0, 10}, batch));
  Changes undo{{}, {}, {{unsubscribe("ann@example.org", 2000), true}}};
  ASSERT_TRUE(hits().commit({"hits-1.spool", 10, 20}, undo));
  const auto listings = *store_->suppressions().find(*mail::parse_address("ann@example.org"));
  ASSERT_EQ(listings.size(), 1u);
  EXPECT_EQ(listings[0].by, "operator uid=0");
  EXPECT_EQ(listings[0].note, "by phone");
  EXPECT_FALSE(listings[0].until) << "she asked herself in between; its end is not known any more";
}

TEST_F(HitStoreTest, TheLastWordCountsWithinABatch) {
  Changes batch{{},
                {},
                {{unsubscribe("ann@example.org", 1000)},
                 {unsubscribe("ann@example.org", 1000), true},
                 {unsubscribe("ann@example.org", 1020)},
                 {unsubscribe("bob@example.org", 1000)},
                 {unsubscribe("bob@example.org", 1001)},
                 {unsubscribe("bob@example.org", 1000), true}}};
  ASSERT_TRUE(hits().commit({"hits-1.spool", 0, 10}, batch));
  EXPECT_EQ(listed("ann@example.org"), 1u) << "she came back, then left again";
  EXPECT_EQ(listed("bob@example.org"), 0u) << "asked twice, and taken back";
}

TEST_F(HitStoreTest, ABadAddressDoesNotHoldUpTheRest) {
  Changes batch{{}, {}, {{unsubscribe("no address", 1)}, {unsubscribe("ann@example.org", 2)}}};
  const auto outcome = hits().commit({"hits-1.spool", 0, 10}, batch);
  ASSERT_TRUE(outcome);
  ASSERT_EQ(outcome->refused.size(), 1u);
  EXPECT_EQ(outcome->refused.front().first, "no address");
  EXPECT_EQ(outcome->fresh, std::vector<std::size_t>{1});
  EXPECT_EQ(listed("ann@example.org"), 1u);
}

/// A person of whom only hashes are kept.
class HashedHitStoreTest : public HitStoreTest {
 protected:
  void SetUp() override {
    HitStoreTest::SetUp();
    const base::Keyring ring{{{1, base::KeyState::active, std::string(32, 'k')}}};
    ASSERT_TRUE(list().use_keys(list::HashKeys(std::make_shared<base::Keyring>(ring))));
  }
  list::SuppressionStore& list() { return store_->suppressions(); }
  std::vector<policy::Listing> of(const char* address) { return *list().find(*mail::parse_address(address)); }
  ChangesOutcome commit(std::vector<ListChange> listings) {
    Changes batch{{}, {}, std::move(listings)};
    auto outcome = hits().commit({"hits-1.spool", at_, at_ + 10}, batch);
    at_ += 10;
    EXPECT_TRUE(outcome) << outcome.error().text;
    EXPECT_TRUE(outcome->refused.empty());
    return *outcome;
  }
  std::uint64_t at_ = 0;
};

TEST_F(HashedHitStoreTest, AnErasedPersonsUnsubscribeIsAHashToo) {
  ASSERT_TRUE(list().add(unsubscribe("ann@example.org", 500, "operator uid=0")));
  ASSERT_EQ(*list().forget("ann@example.org"), 1u);
  policy::Listing other = unsubscribe("ann@example.org", 2000);
  other.stream = "news";
  other.note = "campaign november";
  EXPECT_EQ(commit({{other}}).fresh, std::vector<std::size_t>{0});
  const auto listings = of("ann@example.org");
  ASSERT_EQ(listings.size(), 2u);
  for (const policy::Listing& one : listings) {
    EXPECT_TRUE(one.address.starts_with("hmac:1:")) << one.address;
    EXPECT_EQ(one.note, "");
  }
  EXPECT_EQ(list().stats()->addresses, 0u);
  EXPECT_EQ(list().stats()->by_tenant.at("shop"), 2u);
  commit({{other, true}});
  ASSERT_EQ(of("ann@example.org").size(), 1u) << "and can be taken back";
  EXPECT_EQ(list().stats()->by_tenant.at("shop"), 1u);
}

TEST_F(HashedHitStoreTest, AnUndoFindsWhatWasErasedInBetween) {
  commit({{unsubscribe("ann@example.org", 1000)}});
  ASSERT_EQ(*list().forget("ann@example.org"), 1u);
  commit({{unsubscribe("ann@example.org", 1000), true}});
  EXPECT_TRUE(of("ann@example.org").empty());
}

TEST_F(HashedHitStoreTest, NothingIsTakenBackFromAHash) {
  const policy::Listing bounced = hard("ann@example.org", 1000);
  commit({{bounced}});
  ASSERT_EQ(*list().forget("ann@example.org"), 1u);
  Changes changes;
  changes.withdrawals = {{bounced,
                          {kTenant, 1, Counted::bounce_hard, "other", "", ""},
                          {kTenant, 1, Counted::bounce_block, "other", "", ""}}};
  const auto outcome = hits().commit({"report-x", 0, 1}, changes);
  ASSERT_TRUE(outcome) << outcome.error().text;
  EXPECT_TRUE(outcome->withdrawn.empty()) << "a hash keeps no evidence";
  EXPECT_EQ(of("ann@example.org").size(), 1u);
}

TEST_F(HashedHitStoreTest, NoUndoRemovesWhatWasListedBefore) {
  // A hash by a link, and in the clear an older entry of somebody else: erased, they become one.
  policy::Listing hashed = unsubscribe("ann@example.org", 1000);
  ASSERT_TRUE(list().add_hashed(hashed));
  policy::Listing clear = unsubscribe("bob@example.org", 500, "operator uid=0");
  ASSERT_TRUE(list().add(clear));
  ASSERT_TRUE(list().add_hashed(unsubscribe("bob@example.org", 1000)));
  ASSERT_EQ(*list().forget("bob@example.org"), 1u);
  commit({{unsubscribe("bob@example.org", 1000), true}, {unsubscribe("ann@example.org", 1000), true}});
  EXPECT_TRUE(of("ann@example.org").empty());
  const auto listings = of("bob@example.org");
  ASSERT_EQ(listings.size(), 1u);
  EXPECT_EQ(listings[0].by, "operator uid=0");
  EXPECT_EQ(listings[0].since, at(500));
}

TEST_F(HashedHitStoreTest, WhoIsListedInTheClearIsNotFresh) {
  ASSERT_TRUE(list().add(unsubscribe("ann@example.org", 500, "operator uid=0")));
  ASSERT_TRUE(list().add_hashed(unsubscribe("ann@example.org", 600, "import")));
  EXPECT_TRUE(commit({{unsubscribe("ann@example.org", 1000)}}).fresh.empty());
}

TEST_F(HashedHitStoreTest, AMailboxOfAFoldingTenantIsLeftAndComesBackAsOne) {
  ASSERT_TRUE(list().folded().use(list::Foldings({{"shop", mail::Folds{true, false}}})));
  commit({{unsubscribe("ann+news@example.org", 1000)}});
  EXPECT_EQ(of("ann+other@example.org").size(), 1u) << "in the clear, by the index";
  ASSERT_EQ(*list().forget("ann+news@example.org"), 1u);
  EXPECT_GE(of("ann+other@example.org").size(), 1u) << "by the mailbox's hash";
  commit({{unsubscribe("ann+other@example.org", 1000), true}});
  EXPECT_GE(of("ann+other@example.org").size(), 1u) << "another address of the mailbox asked";
  commit({{unsubscribe("ann+news@example.org", 1000), true}});
  EXPECT_TRUE(of("ann+other@example.org").empty());
  EXPECT_TRUE(of("ann+news@example.org").empty());
}

TEST_F(HashedHitStoreTest, AnUndoLeavesTheOptOutOfAnotherAddressOfTheMailbox) {
  ASSERT_TRUE(list().folded().use(list::Foldings({{"shop", mail::Folds{true, false}}})));
  for (const char* address : {"ann@example.org", "ann+a@example.org", "ann+b@example.org"}) {
    policy::Listing other = unsubscribe(address, 1, "import");
    other.stream = "news";
    ASSERT_TRUE(list().add_hashed(other));
  }
  const auto has_left = [&](const char* address) {
    const auto listings = of(address);
    return std::any_of(listings.begin(), listings.end(),
                       [](const policy::Listing& one) { return one.stream == "bulk"; });
  };
  commit({{unsubscribe("ann+a@example.org", 1000)}, {unsubscribe("ann@example.org", 1100)}});
  commit({{unsubscribe("ann+a@example.org", 1000), true}});
  EXPECT_TRUE(has_left("ann@example.org")) << "the mailbox's own opt-out stays";

  policy::Listing a = unsubscribe("ann+a@example.org", 9000), b = unsubscribe("ann+b@example.org", 9100);
  a.tenant = b.tenant = "shop";
  a.stream = b.stream = "weekly";
  commit({{a}, {b}});
  commit({{a, true}});
  const auto listings = of("ann+c@example.org");
  EXPECT_TRUE(std::any_of(listings.begin(), listings.end(), [](const policy::Listing& one) {
    return one.stream == "weekly";
  })) << "b's opt-out holds for the mailbox";
}

TEST_F(HashedHitStoreTest, WhoIsHashedUnderAnOlderKeyIsNotFresh) {
  ASSERT_TRUE(list().add_hashed(unsubscribe("ann@example.org", 500, "import")));
  const base::Keyring rotated{
      {{1, base::KeyState::accept, std::string(32, 'k')}, {2, base::KeyState::active, std::string(32, 'n')}}};
  ASSERT_TRUE(list().use_keys(list::HashKeys(std::make_shared<base::Keyring>(rotated))));
  EXPECT_TRUE(commit({{unsubscribe("ann@example.org", 1000)}}).fresh.empty());
  commit({{unsubscribe("ann@example.org", 1000), true}});
  EXPECT_FALSE(of("ann@example.org").empty()) << "somebody else listed her";
}

TEST_F(HitStoreTest, SweepsOldHoursAndPlacesThatNothingCounts) {
  Changes batch{{}, {}, {}};
  for (std::uint16_t link = 0; link < 1500; ++link) {
    batch.counts[{kTenant, "old", 5, Counted::click, link}] = 1;
    batch.counts[{kTenant, "new", 50, Counted::click, link}] = 1;
  }
  batch.places[{kTenant, "old", 1}] = "https://shop.example/old";
  batch.places[{kTenant, "new", 1}] = "https://shop.example/new";
  ASSERT_TRUE(hits().commit({"hits-1.spool", 0, 10}, batch));
  for (int round = 0; round < 2; ++round) {  // a place goes in the round after its counters
    std::string from;
    do {
      const auto next = hits().sweep(50, from);
      ASSERT_TRUE(next) << next.error().text;
      from = *next;
    } while (!from.empty());
  }
  EXPECT_TRUE(hits().counts(kTenant, "old")->empty());
  EXPECT_TRUE(hits().places(kTenant, "old")->empty());
  EXPECT_EQ(hits().counts(kTenant, "new")->size(), 1500u);
  EXPECT_EQ(hits().places(kTenant, "new")->size(), 1u);
  EXPECT_EQ(*hits().mark("hits-1.spool"), 10u);
}

TEST_F(HitStoreTest, KeepsAPictureAsLongAsItsCampaignIsCounted) {
  PictureStore& pictures = store_->pictures();
  EXPECT_FALSE(*pictures.find({kTenant, "nov"}));
  ASSERT_TRUE(pictures.put({kTenant, "nov"}, {60, "b ]\n", {}, {}}));  // not counted yet
  ASSERT_TRUE(pictures.put({kTenant, "old"}, {5, "b ]\n", {}, {}}));
  ASSERT_TRUE(pictures.put({kTenant, "counted"}, {5, "t3\n", {}, {}}));
  ASSERT_TRUE(hits().add({{{kTenant, "counted", 55, Counted::recipient, 0}, 1}}));
  ASSERT_TRUE(hits().sweep(50, ""));
  open();
  EXPECT_EQ(store_->pictures().find({kTenant, "nov"})->value(), (list::Picture{60, "b ]\n", {}, {}}));
  EXPECT_EQ(store_->pictures().find({kTenant, "counted"})->value().skeleton, "t3\n");
  EXPECT_FALSE(*store_->pictures().find({kTenant, "old"}));
  EXPECT_FALSE(*store_->pictures().find({kTenant + 1, "nov"}));
}

TEST_F(HitStoreTest, TellsStreamsApart) {
  const StreamCounts sent = {{{kTenant, "nov", 10, Counted::recipient, "bulk"}, 5},
                             {{kTenant, "nov", 60, Counted::recipient, "news"}, 7}};
  ASSERT_TRUE(hits().add({}, sent));
  EXPECT_EQ(*hits().streams(kTenant, "nov"), sent);
  EXPECT_TRUE(hits().streams(kTenant, "november")->empty());
  ASSERT_TRUE(hits().sweep(50, ""));
  EXPECT_EQ(hits().streams(kTenant, "nov")->size(), 1u);
}

TEST_F(HitStoreTest, CountsByProviderOnceWithItsMark) {
  const ProviderCounter old{kTenant, 255, Counted::delivered, "google", "", "bulk"};
  const ProviderCounter delivered{kTenant, 256, Counted::delivered, "google", "", "bulk"};
  const ProviderCounter blocked{kTenant, 256, Counted::refusal, "yahoo", "rate", "bulk"};
  const ProviderCounter listed{kTenant, 256, Counted::refusal, "yahoo", "blocklist", "bulk"};
  const ProviderCounter another{kTenant + 1, 256, Counted::delivered, "google", "", "bulk"};
  Changes batch;
  batch.providers = {{old, 1}, {delivered, 2}, {blocked, 3}, {listed, 4}, {another, 5}};
  ASSERT_TRUE(hits().commit({"mail-log-1", 0, 100}, batch));
  EXPECT_FALSE(hits().commit({"mail-log-1", 0, 100}, batch)) << "the same stretch a second time";
  ASSERT_TRUE(hits().commit({"mail-log-1", 100, 200}, batch));
  open();
  const ProviderCounts recent = {{delivered, 4}, {blocked, 6}, {listed, 8}};
  EXPECT_EQ(tests::provider_counts(hits(), kTenant, 256), recent);
  EXPECT_EQ(tests::provider_counts(hits(), kTenant).size(), 4u);
  EXPECT_TRUE(tests::provider_counts(hits(), kTenant, 257).empty());
  EXPECT_EQ(tests::provider_counts(hits(), kTenant, 0, 255), (ProviderCounts{{old, 2}}));
  EXPECT_TRUE(hits().streams(kTenant, "")->empty());
  ASSERT_TRUE(hits().sweep(256, ""));
  EXPECT_EQ(tests::provider_counts(hits(), kTenant, 0), recent);
}

class WithdrawalTest : public HitStoreTest {
 protected:
  static inline const ProviderCounter kHard{kTenant, 10, Counted::bounce_hard, "google", "", "bulk"};
  static inline const ProviderCounter kBlock{kTenant,  10,           Counted::bounce_block,
                                             "google", "many-alike", "bulk"};
  void list_it(const policy::Listing& listing) {
    Changes changes;
    changes.listings = {{listing}};
    changes.providers[kHard] = 1;
    commit(changes);
  }
  /// Whether the entry went.
  bool withdraw(const policy::Listing& listing) {
    Changes changes;
    changes.withdrawals = {{listing, kHard, kBlock}};
    return !commit(changes).withdrawn.empty();
  }
  ChangesOutcome commit(const Changes& changes) {
    const std::string source = "report-" + std::to_string(++reports_);
    auto outcome = hits().commit({source, 0, 10}, changes);
    EXPECT_TRUE(outcome) << outcome.error().text;
    EXPECT_TRUE(outcome->refused.empty());
    return outcome.value_or(ChangesOutcome{});
  }
  int reports_ = 0;
};

TEST_F(WithdrawalTest, TakesBackWhatAReportDidAndNothingElse) {
  list_it(hard("ann@example.org", 1000));
  for (const policy::Listing& other :
       {hard("ann@example.org", 1001), hard("ann@example.org", 1000, "550 5.1.1 gone"),
        hard("bob@example.org", 1000)})
    EXPECT_FALSE(withdraw(other));
  policy::Listing everywhere = hard("ann@example.org", 1000);
  everywhere.tenant.clear();
  EXPECT_FALSE(withdraw(everywhere));
  EXPECT_EQ(listed("ann@example.org"), 1u);
  list_it(hard("ann@example.org", 1000));
  EXPECT_TRUE(withdraw(hard("ann@example.org", 1000)));
  EXPECT_EQ(listed("ann@example.org"), 0u);
  EXPECT_FALSE(store_->suppressions().stats()->by_reason.contains(policy::Reason::hard_bounce));
  EXPECT_FALSE(withdraw(hard("ann@example.org", 1000)));
  EXPECT_EQ(tests::provider_counts(hits(), kTenant), (ProviderCounts{{kBlock, 6}}))
      << "what was judged anew counts anew, whether or not its entry could go";
  EXPECT_EQ(hits().provider_totals().at("google").hard, 2u) << "totals only grow";
  EXPECT_EQ(hits().provider_totals().at("google").block, 6u);
}

TEST_F(WithdrawalTest, LeavesWhatSomethingElseContributedTo) {
  list_it(hard("ann@example.org", 1000));
  list_it(hard("ann@example.org", 1005, "550 5.1.1 User unknown"));
  EXPECT_FALSE(withdraw(hard("ann@example.org", 1000)));
  EXPECT_FALSE(withdraw(hard("ann@example.org", 1005, "550 5.1.1 User unknown")));
  policy::Listing by_hand = hard("eve@example.org", 1000);
  list_it(by_hand);
  by_hand.by = "operator uid=0";
  ASSERT_TRUE(store_->suppressions().add(by_hand));
  EXPECT_FALSE(withdraw(hard("eve@example.org", 1000)));
  EXPECT_EQ(listed("ann@example.org") + listed("eve@example.org"), 2u);
}

TEST_F(WithdrawalTest, LeavesWhatAReplacementMayHold) {
  list_it(hard("ann@example.org", 1000));
  list::BulkPlan plan;
  plan.replaced = list::SetName{policy::Reason::hard_bounce, "shop"};
  {
    auto load = store_->bulk().begin(plan);
    ASSERT_TRUE(load) << load.error().text;
    EXPECT_FALSE(withdraw(hard("ann@example.org", 1000)));
    EXPECT_EQ(listed("ann@example.org"), 1u);
  }
}

TEST_F(HitStoreTest, TakesOffTheSamplesOfAPerson) {
  PictureStore& pictures = store_->pictures();
  ASSERT_TRUE(pictures.put({kTenant, "hers"}, {60, "t1\n", "<p>Dear Ann</p>", "a"}));
  ASSERT_TRUE(pictures.put({kTenant, "his"}, {60, "t2\n", "<p>Dear Bob</p>", "b"}));
  const auto is_ann = [](std::uint32_t tenant, std::string_view person) {
    return tenant == kTenant && person == "a";
  };
  EXPECT_EQ(*pictures.samples_of(is_ann), (std::vector<CampaignName>{{kTenant, "hers"}}));
  EXPECT_EQ(*pictures.erase_samples_of(is_ann), 1u);
  EXPECT_EQ(*pictures.erase_samples_of(is_ann), 0u);
  EXPECT_EQ(pictures.find({kTenant, "hers"})->value(), (list::Picture{60, "t1\n", {}, {}}));
  EXPECT_EQ(pictures.find({kTenant, "his"})->value().person, "b");
}

TEST(HitKeys, ComeBackAsTheyWere) {
  const Counter counter{0xdeadbeef, "spring sale", 500000, Counted::open_scanner, 65535};
  EXPECT_EQ(*parse_counter_key(format_counter_key(counter)), counter);
  const LinkName name{1, "", 7};
  EXPECT_EQ(*parse_place_key(format_place_key(name)), name);
  const StreamCounter stream{9, "spring sale", 500000, Counted::unsubscribe, "bulk"};
  EXPECT_EQ(*parse_stream_key(format_stream_key(stream)), stream);
  const ProviderCounter provider{9, 500000, Counted::bounce_block, "google", "blocklist", "bulk"};
  EXPECT_EQ(*parse_provider_key(format_provider_key(provider)), provider);
  for (const std::string& key :
       {std::string("v"), format_provider_key(provider).substr(0, 20), "r" + std::string(20, '\1'),
        provider_prefix(9, 500000) + std::string("\x12google\0\0bulk", 13)})
    EXPECT_FALSE(parse_provider_key(key));
  const CampaignName campaign{3, "spring sale"};
  EXPECT_EQ(*parse_picture_key(format_picture_key(campaign)), campaign);
  for (const std::string& key :
       {std::string(), std::string("c"), format_place_key(name), format_counter_key(counter) + "x"})
    EXPECT_FALSE(parse_counter_key(key));
}

}  // namespace
}  // namespace signpost::store
