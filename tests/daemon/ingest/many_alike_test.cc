// Many recipients of one provider with one answer that no rule knows: it is a block, and what the first of them caused is taken back
// where it can be told exactly.
#include "feedback/alike.h"
#include "tests/daemon/ingest/returned_support.h"

namespace signpost::daemon::ingest {
namespace {

using feedback::kManyAlike;
using store::Counted;

class ManyAlikeTest : public ReturnedMailTest {
 protected:
  static std::string person(std::size_t number, const char* domain = "gmail.com") {
    return "p" + std::to_string(number) + "@" + domain;
  }
  /// A text that no rule knows, with the address and an id in it.
  static std::string pelican(const std::string& recipient) {
    return "550 5.1.1 <" + recipient + ">: The pelican declines this letter k12-" +
           std::to_string(recipient.size());
  }
  void refuse(const std::string& recipient, const std::string& local) {
    ASSERT_TRUE(take(local, report(recipient, pelican(recipient))));
  }
  void refuse(const std::string& recipient) { refuse(recipient, path_to(recipient)); }
  std::size_t count_listed(std::size_t people = kManyAlike + 1, const char* domain = "gmail.com") {
    std::size_t count = 0;
    for (std::size_t i = 1; i <= people; ++i) count += listed(person(i, domain).c_str()).size();
    return count;
  }
  std::uint64_t counted(Counted what) {
    std::uint64_t sum = 0;
    for (const auto& [counter, times] : tests::provider_counts(store_->hits(), policy::tenant_id("shop")))
      sum += counter.what == what ? times : 0;
    return sum;
  }
  std::size_t lines_with(const std::string& text) {
    const auto lines = events_.lines();
    return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [&](const std::string& one) {
      return one.find(text) != std::string::npos;
    }));
  }
};

TEST_F(ManyAlikeTest, ListTillTheyAreManyThenNobody) {
  for (std::size_t i = 1; i < kManyAlike; ++i) refuse(person(i));
  EXPECT_EQ(count_listed(), kManyAlike - 1);
  EXPECT_TRUE(says("class=hard class_reason=no-such-user rule=enhanced-code")) << line();
  refuse(person(kManyAlike));
  EXPECT_EQ(count_listed(), 0u);
  EXPECT_EQ(lines_with("action=observe reason=- "), 1u);
  EXPECT_EQ(lines_with("action=accept reason=taken-back "), kManyAlike - 1);
  EXPECT_EQ(lines_with("class=block class_reason=many-alike rule=many-alike"), kManyAlike);
  refuse(person(kManyAlike + 1));
  EXPECT_EQ(count_listed(), 0u);
  EXPECT_EQ(counted(Counted::bounce_hard), 0u);
  EXPECT_EQ(counted(Counted::bounce_block), kManyAlike + 1);
  const auto totals = store_->hits().provider_totals();
  EXPECT_EQ(totals.at("google").blocked_for.at("many-alike"), kManyAlike + 1);
}

TEST_F(ManyAlikeTest, AKnownTextOfDeadAddressesIsNoBlock) {
  for (std::size_t i = 1; i <= 3 * kManyAlike; ++i)
    ASSERT_TRUE(take(path_to(person(i)), report(person(i), kGone)));
  EXPECT_EQ(count_listed(3 * kManyAlike), 3 * kManyAlike);
}

TEST_F(ManyAlikeTest, OtherProvidersAndSlowOnesAreNotCountedTogether) {
  for (std::size_t i = 1; i < kManyAlike; ++i) refuse(person(i));
  refuse(person(1, "corp.example"));
  refuse(person(1, "club.example"));
  EXPECT_EQ(count_listed(), kManyAlike - 1);
  EXPECT_EQ(count_listed(1, "corp.example"), 1u);
  clock_.tick(feedback::kAlikeWithin + std::chrono::seconds(1));
  refuse(person(kManyAlike));
  EXPECT_EQ(count_listed(), kManyAlike);
  for (std::size_t i = 2; i <= kManyAlike; ++i) refuse(person(i, "corp.example"));
  EXPECT_EQ(count_listed(kManyAlike, "corp.example"), kManyAlike) << "the first was too long ago";
  refuse(person(kManyAlike + 1, "corp.example"));
  EXPECT_EQ(count_listed(kManyAlike + 1, "corp.example"), 1u) << "a domain of its own is a provider";
}

TEST_F(ManyAlikeTest, WhatSomethingElseContributedToStays) {
  for (std::size_t i = 1; i < kManyAlike; ++i) refuse(person(i));
  // A known text, a person's hand, and the same text about another message.
  ASSERT_TRUE(take(path_to(person(1)), report(person(1), kGone)));
  policy::Listing by_hand = listed(person(2).c_str()).at(0);
  by_hand.by = "operator uid=0";
  ASSERT_TRUE(store_->suppressions().add(by_hand));
  refuse(person(3));
  refuse(person(kManyAlike));
  EXPECT_EQ(listed(person(1).c_str()).size(), 1u);
  EXPECT_EQ(listed(person(2).c_str()).at(0).by, "operator uid=0");
  EXPECT_EQ(listed(person(3).c_str()).size(), 1u);
  EXPECT_EQ(count_listed(), 3u);
  EXPECT_EQ(lines_with("reason=taken-back"), kManyAlike - 4);
  EXPECT_EQ(lines_with("action=observe reason=still-listed"), 2u) << "of the third it is known at once";
}

TEST_F(ManyAlikeTest, WhoWasListedBeforeStays) {
  policy::Listing before;
  before.address = person(1);
  before.tenant = "shop";
  before.reason = policy::Reason::hard_bounce;
  before.since = clock_.wall() - std::chrono::hours(1);
  before.by = "bounce";
  ASSERT_TRUE(store_->suppressions().add(before));
  for (std::size_t i = 1; i <= kManyAlike; ++i) refuse(person(i));
  EXPECT_EQ(listed(person(1).c_str()).size(), 1u);
  EXPECT_EQ(count_listed(), 1u);
}

TEST_F(ManyAlikeTest, OneReportIsTakenOnceWhateverItWasTakenFor) {
  std::vector<std::string> paths;
  for (std::size_t i = 1; i <= kManyAlike; ++i) {
    paths.push_back(path_to(person(i)));
    refuse(person(i), paths.back());
  }
  clock_.tick(std::chrono::hours(2));
  for (std::size_t i = 1; i <= kManyAlike; ++i) {
    refuse(person(i), paths[i - 1]);
    EXPECT_TRUE(says("reason=duplicate")) << line();
  }
  EXPECT_EQ(count_listed(), 0u);
  EXPECT_EQ(counted(Counted::bounce_block), kManyAlike);
  std::size_t differs = 0;
  ASSERT_TRUE(intake_.judge_again({clock_.wall(),
                                   "01JDABCDEFGHJKMNPQRSTVWXYZ",
                                   "Q1",
                                   {paths.back()},
                                   "192.0.2.9",
                                   false,
                                   report(person(kManyAlike), pelican(person(kManyAlike)))},
                                  *snapshot_, true, [&](const Rejudged&) { ++differs; }));
  EXPECT_EQ(differs, 0u) << "a replay does not list them";
  EXPECT_EQ(count_listed(), 0u);
}

TEST_F(ManyAlikeTest, WhoHasNoTokenCannotMakeThemMany) {
  for (std::size_t i = 1; i <= 3 * kManyAlike; ++i) {
    refuse(person(i), "b+hello");
    refuse(person(i), path_to(kBob));          // of another recipient
    refuse(person(i), path_to(std::nullopt));  // of several
  }
  const std::string replayed = path_to(person(1));
  for (std::size_t i = 1; i <= 3 * kManyAlike; ++i) refuse(person(1), replayed);
  for (std::size_t i = 2; i < kManyAlike; ++i) refuse(person(i));
  EXPECT_EQ(count_listed(), kManyAlike - 1);
}

TEST_F(ManyAlikeTest, WhatOurOwnMtaHeardCountsTogether) {
  intake_.prove_own_mta_by([](const milter::ReturnedMail&) { return true; });
  for (std::size_t i = 1; i <= kManyAlike; ++i) {
    // One message to several recipients among those to one.
    const std::string local = path_to(i % 2 == 0 ? std::optional(person(i)) : std::nullopt);
    const std::string raw = report(person(i), pelican(person(i)));
    ASSERT_TRUE(
        intake_.take({"01JDABCDEFGHJKMNPQRSTVWXYZ", "Q1", {local}, raw, "127.0.0.1", true}, *snapshot_));
    if (i < kManyAlike) {
      EXPECT_EQ(listed(person(i).c_str()).at(0).tenant, "") << "everywhere";
    }
  }
  EXPECT_EQ(count_listed(), 0u);
  EXPECT_EQ(counted(Counted::bounce_block), kManyAlike);
}

TEST_F(ManyAlikeTest, ARestartRemembersNothing) {
  for (std::size_t i = 1; i < kManyAlike; ++i) refuse(person(i));
  ReturnedMailIntake next{*store_,
                          events_,
                          clock_,
                          counters_,
                          log_,
                          [](const std::string& name) {
                            return base::Result<std::string>(base::fail(base::ErrorKind::not_found, name));
                          },
                          [](const policy::Listing&, const milter::Snapshot&) {}};
  const std::string last = person(kManyAlike);
  ASSERT_TRUE(next.take(
      {"01JDABCDEFGHJKMNPQRSTVWXYZ", "Q1", {path_to(last)}, report(last, pelican(last)), "192.0.2.9"},
      *snapshot_));
  EXPECT_EQ(count_listed(), kManyAlike);
}

}  // namespace
}  // namespace signpost::daemon::ingest
