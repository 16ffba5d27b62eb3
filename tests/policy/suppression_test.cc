// Which listing decides: scopes, reasons, expiry, exceptions.
#include "policy/suppression.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace signpost::policy {
namespace {

constexpr base::Wall kNow{std::chrono::hours(1000)};

Listing listed(Reason reason, std::string tenant = "", std::string stream = "",
               std::string address = "bob@x.example") {
  Listing listing;
  listing.reason = reason;
  listing.tenant = std::move(tenant);
  listing.stream = std::move(stream);
  listing.address = std::move(address);
  return listing;
}

Listing expiring(Listing listing, std::chrono::milliseconds from_now) {
  listing.until = kNow + from_now;
  return listing;
}

/// The deciding listing as "reason scope", or "pass"; the same for every order of the listings.
std::string answer_for(std::vector<Listing> listings, const char* tenant, const char* stream) {
  std::string text;
  const auto by_address_and_scope = [](const Listing& a, const Listing& b) {
    return std::tie(a.address, a.tenant, a.stream, a.reason) <
           std::tie(b.address, b.tenant, b.stream, b.reason);
  };
  std::sort(listings.begin(), listings.end(), by_address_and_scope);
  do {
    const SuppressionAnswer answer = decide(listings, default_blocks(), tenant, stream, kNow);
    std::string one = "pass";
    if (answer.blocked) {
      const Listing& listing = answer.deciding;
      one = std::string(reason_word(listing.reason)) + " " + listing.address + " " +
            (listing.tenant.empty() ? "*" : listing.tenant) + "/" +
            (listing.stream.empty() ? "*" : listing.stream);
      EXPECT_EQ(answer.own_scope, !listing.tenant.empty());
    }
    EXPECT_TRUE(text.empty() || text == one) << text << " or " << one;
    text = one;
  } while (std::next_permutation(listings.begin(), listings.end(), by_address_and_scope));
  return text;
}

TEST(Decide, TellsOfATrapThatANarrowerListingHides) {
  const std::vector<Listing> listings = {listed(Reason::trap), listed(Reason::manual, "acme")};
  const SuppressionAnswer answer = decide(listings, default_blocks(), "acme", "bulk", kNow);
  EXPECT_EQ(answer.deciding.reason, Reason::manual);
  EXPECT_TRUE(answer.trap);
  EXPECT_FALSE(decide({listed(Reason::trap, "other")}, default_blocks(), "acme", "bulk", kNow).trap);
}

TEST(Decide, ProbationLetsOneTryAndHoldsTheOthers) {
  using namespace std::chrono_literals;
  const auto decide_at = [](const Listing& listing, std::chrono::seconds probation) {
    return decide({listing}, default_blocks(), "acme", "bulk", kNow, probation);
  };
  Listing ended = expiring(listed(Reason::hard_bounce), 0ms);
  EXPECT_FALSE(decide_at(ended, 0s).blocked);
  EXPECT_TRUE(decide_at(ended, 0s).due.empty());
  EXPECT_FALSE(decide_at(ended, 60s).blocked);
  EXPECT_EQ(decide_at(ended, 60s).due, std::vector<Listing>{ended});
  ended.trial = kNow - 59s;
  EXPECT_TRUE(decide_at(ended, 60s).blocked) << "somebody else is trying";
  ended.trial = kNow - 60s;
  EXPECT_FALSE(decide_at(ended, 60s).blocked);
  EXPECT_TRUE(decide_at(ended, 60s).due.empty()) << "nothing came back";
  const Listing by_hand = expiring(listed(Reason::manual), 0ms);
  EXPECT_TRUE(decide_at(by_hand, 60s).due.empty()) << "what an operator ended has ended";
  const Listing not_yet = expiring(listed(Reason::hard_bounce), 1ms);
  EXPECT_TRUE(decide_at(not_yet, 60s).blocked) << "to the moment";
  const auto both = decide({expiring(listed(Reason::hard_bounce), 0ms), listed(Reason::manual, "acme")},
                           default_blocks(), "acme", "bulk", kNow, 60s);
  EXPECT_TRUE(both.blocked);
  EXPECT_TRUE(both.due.empty()) << "a blocked message tries nothing";
}

TEST(Decide, NamesTheListingThatBlocks) {
  const auto hard = listed(Reason::hard_bounce);
  const auto complaint = listed(Reason::complaint, "acme");
  const auto unsubscribed = listed(Reason::unsubscribe, "acme", "news");
  const auto allow = listed(Reason::allow, "acme");
  const struct {
    const char* what;
    std::vector<Listing> listings;
    const char* tenant;
    const char* stream;
    const char* answer;
  } kCases[] = {
      {"nothing", {}, "acme", "bulk", "pass"},
      {"everywhere", {hard}, "acme", "transactional", "hard-bounce bob@x.example */*"},
      {"another tenant's", {complaint}, "shop", "bulk", "pass"},
      {"own complaint", {complaint}, "acme", "bulk", "complaint bob@x.example acme/*"},
      {"a complaint spares receipts", {complaint}, "acme", "transactional", "pass"},
      {"own stream", {unsubscribed}, "acme", "news", "unsubscribe bob@x.example acme/news"},
      {"another stream", {unsubscribed}, "acme", "bulk", "pass"},
      {"narrowest is named",
       {hard, complaint, unsubscribed},
       "acme",
       "news",
       "unsubscribe bob@x.example acme/news"},
      {"narrow ones that do not block do not hide wide ones",
       {hard, complaint},
       "acme",
       "transactional",
       "hard-bounce bob@x.example */*"},
      {"address before domain",
       {hard, listed(Reason::trap, "", "", "@x.example")},
       "acme",
       "bulk",
       "hard-bounce bob@x.example */*"},
      {"scope before address",
       {hard, listed(Reason::manual, "acme", "", "@x.example")},
       "acme",
       "bulk",
       "manual @x.example acme/*"},
      {"nearest domain",
       {listed(Reason::manual, "", "", "@example"), listed(Reason::manual, "", "", "@x.example")},
       "acme",
       "bulk",
       "manual @x.example */*"},
      {"same scope: the reason decides",
       {hard, listed(Reason::trap)},
       "acme",
       "bulk",
       "hard-bounce bob@x.example */*"},
      {"expired", {expiring(hard, std::chrono::milliseconds(0))}, "acme", "bulk", "pass"},
      {"not yet",
       {expiring(hard, std::chrono::milliseconds(1))},
       "acme",
       "bulk",
       "hard-bounce bob@x.example */*"},
      {"allow against a complaint", {complaint, allow}, "acme", "bulk", "pass"},
      {"allow against soft bounces and operators",
       {listed(Reason::soft_bounce), listed(Reason::manual), allow},
       "acme",
       "bulk",
       "pass"},
      {"allow does not revive", {hard, allow}, "acme", "bulk", "hard-bounce bob@x.example */*"},
      {"allow does not resubscribe",
       {unsubscribed, allow},
       "acme",
       "news",
       "unsubscribe bob@x.example acme/news"},
      {"allow of another tenant",
       {listed(Reason::manual), allow},
       "shop",
       "bulk",
       "manual bob@x.example */*"},
      {"allow that has expired",
       {listed(Reason::manual), expiring(allow, std::chrono::milliseconds(0))},
       "acme",
       "bulk",
       "manual bob@x.example */*"},
      {"no-tracking blocks nothing", {listed(Reason::no_tracking)}, "acme", "bulk", "pass"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(answer_for(test.listings, test.tenant, test.stream), test.answer) << test.what;
  }
}

TEST(Decide, FollowsTheTableOfTheSite) {
  BlockTable blocks = default_blocks();
  blocks[Reason::complaint] = {"*"};
  EXPECT_TRUE(decide({listed(Reason::complaint)}, blocks, "acme", "transactional", kNow).blocked);
  blocks.erase(Reason::complaint);
  EXPECT_FALSE(decide({listed(Reason::complaint)}, blocks, "acme", "bulk", kNow).blocked);
}

TEST(Decide, TellsWhetherTrackingIsWanted) {
  const auto answer = [](const Listing& listing) {
    return decide({listing}, default_blocks(), "acme", "bulk", kNow).no_tracking;
  };
  EXPECT_TRUE(answer(listed(Reason::no_tracking)));
  EXPECT_TRUE(answer(listed(Reason::no_tracking, "acme", "bulk")));
  EXPECT_FALSE(answer(listed(Reason::no_tracking, "shop")));
  EXPECT_FALSE(answer(expiring(listed(Reason::no_tracking), std::chrono::milliseconds(-1))));
  EXPECT_FALSE(answer(listed(Reason::manual)));
}

}  // namespace
}  // namespace signpost::policy
