// Who got the same answer: many within minutes, whom it was done to, each handed out once, and bounded. Against a slow
// reference.
#include "daemon/ingest/alike.h"

#include <random>
#include <set>

#include <gtest/gtest.h>

#include "feedback/alike.h"

namespace signpost::daemon::ingest {
namespace {

using feedback::kAlikeWithin;
using feedback::kManyAlike;

const std::string kName = Alike::name_of("shop", "google", "the pelican declines");

std::string person(std::size_t number) {
  return "p" + std::to_string(number) + "@gmail.com";
}
AlikeRow row_of(const std::string& recipient) {
  AlikeRow row;
  row.listing.address = recipient;
  return row;
}
base::Steady at(std::chrono::seconds since) {
  return base::Steady{} + std::chrono::hours(100) + since;
}

class AlikeTest : public testing::Test {
 protected:
  bool take(std::size_t number, std::chrono::seconds when = {}, const std::string& name = kName) {
    return alike_.take(name, person(number), at(when));
  }
  Alike alike_;
};

TEST_F(AlikeTest, ManyDifferentRecipientsWithinMinutesAreMany) {
  for (std::size_t i = 1; i < kManyAlike; ++i) EXPECT_FALSE(take(i)) << i;
  EXPECT_FALSE(take(1)) << "the same again is no other";
  EXPECT_FALSE(take(9, {}, Alike::name_of("shop", "yahoo", "the pelican declines")));
  EXPECT_FALSE(take(9, {}, Alike::name_of("club", "google", "the pelican declines")));
  EXPECT_FALSE(take(9, {}, Alike::name_of("shop", "google", "the heron declines")));
  EXPECT_TRUE(take(kManyAlike));
  EXPECT_TRUE(take(kManyAlike + 1));
  EXPECT_FALSE(take(7, kAlikeWithin + std::chrono::seconds(1))) << "it begins anew";
}

TEST_F(AlikeTest, HandsOutWhatWasDoneOnce) {
  for (std::size_t i = 1; i < kManyAlike; ++i) {
    take(i);
    alike_.keep(kName, row_of(person(i)));
    EXPECT_TRUE(alike_.claim(kName).empty()) << "not many yet";
  }
  alike_.forget(kName, person(2));
  alike_.keep(kName, row_of(person(2)));
  take(2);
  alike_.keep(kName, row_of(person(2)));  // two reports made its entry
  alike_.keep(kName, row_of("nobody@gmail.com"));
  take(kManyAlike);
  std::vector<AlikeRow> rows = alike_.claim(kName);
  ASSERT_EQ(rows.size(), kManyAlike - 2);
  EXPECT_EQ(rows[0].listing.address, person(1));
  EXPECT_EQ(rows[1].listing.address, person(3));
  EXPECT_TRUE(alike_.claim(kName).empty());
  alike_.give_back(kName, rows);
  EXPECT_EQ(alike_.claim(kName).size(), kManyAlike - 2);
  alike_.keep(kName, row_of(person(kManyAlike)));
  EXPECT_EQ(alike_.claim(kName).size(), 1u) << "one that was being listed meanwhile";
}

TEST_F(AlikeTest, WhatIsOldStaysAsItIs) {
  take(1);
  alike_.keep(kName, row_of(person(1)));
  for (std::size_t i = 2; i < 2 + kManyAlike; ++i) take(i, kAlikeWithin + std::chrono::seconds(1));
  EXPECT_TRUE(alike_.claim(kName).empty());
}

TEST_F(AlikeTest, RemembersBoundedly) {
  for (std::size_t i = 0; i < Alike::kMaxTexts + 10; ++i) take(1, {}, std::to_string(i));
  EXPECT_EQ(alike_.size(), Alike::kMaxTexts);
  alike_.keep("0", row_of(person(1)));  // forgotten
  for (std::size_t i = 2; i <= kManyAlike; ++i) take(i, {}, "0");
  EXPECT_TRUE(alike_.claim("0").empty());
  for (std::size_t i = 0; i < 3 * Alike::kMaxRecipients; ++i) {
    take(i);
    alike_.keep(kName, row_of(person(i)));
  }
  EXPECT_EQ(alike_.claim(kName).size(), Alike::kMaxRecipients);
  take(1, kAlikeWithin + std::chrono::seconds(1), "new");
  EXPECT_EQ(alike_.size(), 1u) << "what has ended is forgotten when something else comes";
}

TEST_F(AlikeTest, AgreesWithASlowReference) {
  std::mt19937 random(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
  std::vector<std::pair<std::size_t, std::chrono::seconds>> all[3];
  std::chrono::seconds when{0};
  for (int i = 0; i < 3000; ++i) {
    when += std::chrono::seconds(random() % 120);
    const std::size_t text = random() % 3, number = random() % 12;
    all[text].emplace_back(number, when);
    std::set<std::size_t> different;
    for (const auto& [one, then] : all[text])
      if (when - then <= kAlikeWithin) different.insert(one);
    EXPECT_EQ(take(number, when, std::to_string(text)), different.size() >= kManyAlike) << i;
  }
}

}  // namespace
}  // namespace signpost::daemon::ingest
