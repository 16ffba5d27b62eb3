// Probation in the store: exactly one gets the trial, whoever asks at the same time, and the disk remembers.
#include "store/list/trials.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "store/store.h"
#include "tests/support/workplace.h"

namespace signpost::store::list {
namespace {

using policy::Listing;
using policy::Reason;
using policy::TrialResult;

base::Wall at(std::int64_t seconds) {
  return base::Wall{std::chrono::seconds{seconds}};
}

class TrialsTest : public testing::Test {
 protected:
  void SetUp() override {
    open();
    for (const char* tenant : {"", "acme"}) {
      Listing made;
      made.address = "bob@example.net";
      made.reason = Reason::hard_bounce;
      made.tenant = tenant;
      made.until = at(100);
      ASSERT_TRUE(list().add(made));
    }
  }
  void open() {
    store_.reset();
    store_ = std::move(*Store::open(directory_.path()));
  }
  SuppressionStore& list() { return store_->suppressions(); }
  std::vector<Listing> listed() { return *list().find({"bob", "example.net"}); }

  tests::TempDir directory_;
  std::unique_ptr<Store> store_;
};

TEST_F(TrialsTest, OneOfManyGetsIt) {
  const std::vector<Listing> due = listed();
  std::atomic<int> begun{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] { begun += list().begin(due, at(200)).value() ? 1 : 0; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(begun, 1);
  open();
  EXPECT_FALSE(*list().begin(due, at(300))) << "the disk remembers";
  for (const Listing& listing : listed()) EXPECT_EQ(listing.trial, at(200));
}

TEST_F(TrialsTest, AllOfThemOrNone) {
  const std::vector<Listing> due = listed();
  ASSERT_TRUE(*list().begin({due.back()}, at(200)));
  EXPECT_FALSE(*list().begin(due, at(201)));
  EXPECT_FALSE(listed().front().trial);
}

TEST_F(TrialsTest, AChangedListingIsNotDueAnyMore) {
  const std::vector<Listing> due = listed();
  Listing renewed = due.front();
  renewed.until = at(900);
  ASSERT_TRUE(list().add(renewed));
  EXPECT_FALSE(*list().begin(due, at(200)));
  ASSERT_TRUE(list().remove("bob@example.net", {}));
  EXPECT_FALSE(*list().begin(due, at(200)));
}

TEST_F(TrialsTest, WhatIsGivenBackIsDueAgainUnlessSomebodyElseHasIt) {
  const std::vector<Listing> due = listed();
  ASSERT_TRUE(*list().begin(due, at(200)));
  ASSERT_TRUE(list().give_back(due, at(199)));
  EXPECT_FALSE(*list().begin(due, at(201)));
  ASSERT_TRUE(list().give_back(due, at(200)));
  EXPECT_TRUE(*list().begin(due, at(202)));
}

TEST_F(TrialsTest, WhatComesBackDecides) {
  const std::vector<Listing> due = listed();
  EXPECT_FALSE(*list().end(due.front(), TrialResult::accepted, {})) << "there was no trial";
  ASSERT_TRUE(*list().begin(due, at(200)));
  EXPECT_TRUE(*list().end(due.front(), TrialResult::accepted, {}));
  EXPECT_TRUE(*list().end(due.back(), TrialResult::bounced, at(5000)));
  const auto left = listed();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left.front().until, at(5000));
  EXPECT_FALSE(left.front().trial);
  EXPECT_EQ(list().stats()->by_reason.at(Reason::hard_bounce), 1U);
}

}  // namespace
}  // namespace signpost::store::list
