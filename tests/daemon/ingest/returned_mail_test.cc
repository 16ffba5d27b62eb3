// Reports that come back, with a real store: what lists, what is scored, what is only counted, and what does nothing.
#include "daemon/ingest/returned_mail.h"

#include <random>

#include "tests/daemon/ingest/returned_support.h"

namespace signpost::daemon::ingest {
namespace {

TEST_F(ReturnedMailTest, ADeadAddressIsListedAtOnceForItsTenant) {
  ASSERT_TRUE(take(path_to(kBob), report("Bob@Example.net", kGone)));
  const auto listings = listed();
  ASSERT_EQ(listings.size(), 1u);
  EXPECT_EQ(listings[0].reason, policy::Reason::hard_bounce);
  EXPECT_EQ(listings[0].tenant, "shop");
  EXPECT_EQ(listings[0].stream, "");
  EXPECT_EQ(listings[0].by, "bounce");
  EXPECT_NE(listings[0].note.find("User unknown"), std::string::npos);
  EXPECT_TRUE(says("stage=bounce action=accept reason=-")) << line();
  EXPECT_TRUE(says("tenant=shop stream=bulk")) << line();
  EXPECT_TRUE(says("class=hard class_reason=no-such-user")) << line();
  EXPECT_EQ(counters_.reports_acted_on, 1u);
}

TEST_F(ReturnedMailTest, ABlockListsNobodyButCounts) {
  ASSERT_TRUE(take(path_to(kBob), report(kBob, kBlocked)));
  EXPECT_TRUE(listed().empty());
  EXPECT_TRUE(says("action=observe")) << line();
  EXPECT_TRUE(says("class=block class_reason=blocklist")) << line();
  const auto counts = tests::provider_counts(store_->hits(), policy::tenant_id("shop"));
  ASSERT_EQ(counts.size(), 1u);
  EXPECT_EQ(counts.begin()->second, 1u);
  EXPECT_EQ(counts.begin()->first.what, store::Counted::bounce_block);
}

TEST_F(ReturnedMailTest, WhatCountsCountsByProviderToo) {
  const char* ann = "ann@gmail.com";
  const std::string hard = path_to(ann);
  ASSERT_TRUE(take(hard, report(ann, kGone)));
  ASSERT_TRUE(take(hard, report(ann, kGone)));
  ASSERT_TRUE(take(path_to(ann), report(ann, kFull)));
  ASSERT_TRUE(take(path_to(kBob), complaint(kBob)));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(take(path_to(ann), report(ann, kBlocked)));
  ASSERT_TRUE(take(path_to(ann), report("relayed@yahoo.com", kBlocked)));
  ASSERT_TRUE(take("b+hello", report(ann, kBlocked)));
  std::string went_on = report("gone@corp.example", kGone);
  went_on.insert(went_on.find("Final-Recipient"), "Original-Recipient: rfc822; bob@example.net\r\n");
  ASSERT_TRUE(take(path_to(kBob), went_on));
  const std::uint32_t hour = store::hour_of(clock_.wall());
  const std::uint32_t shop = policy::tenant_id("shop");
  const auto key = [&](store::Counted what, const char* provider, const char* reason) {
    return store::ProviderCounter{shop, hour, what, provider, reason, "bulk"};
  };
  EXPECT_EQ(tests::provider_counts(store_->hits(), shop),
            (store::ProviderCounts{{key(store::Counted::bounce_hard, "google", ""), 1},
                                   {key(store::Counted::bounce_soft, "google", ""), 1},
                                   {key(store::Counted::bounce_soft, "other", ""), 1},
                                   {key(store::Counted::complaint, "other", ""), 1},
                                   {key(store::Counted::bounce_block, "google", "blocklist"), 2},
                                   {key(store::Counted::bounce_block, "yahoo", "blocklist"), 1}}));
}

TEST_F(ReturnedMailTest, SoftBouncesOnSeveralDaysListForAWhile) {
  const std::string same_day = path_to(kBob);
  ASSERT_TRUE(take(same_day, report(kBob, kFull)));
  ASSERT_TRUE(take(path_to(kBob), report(kBob, kFull)));
  for (int day = 0; day < 2; ++day) {
    EXPECT_TRUE(listed().empty()) << day;
    clock_.tick(std::chrono::hours(25));
    ASSERT_TRUE(take(path_to(kBob), report(kBob, kFull)));
  }
  const auto listings = listed();
  ASSERT_EQ(listings.size(), 1u);
  EXPECT_EQ(listings[0].reason, policy::Reason::soft_bounce);
  ASSERT_TRUE(listings[0].until);
  EXPECT_EQ(*listings[0].until, clock_.wall() + std::chrono::days(14));
  EXPECT_TRUE(store_->hits().soft_scores(kBob)->empty()) << "the score begins anew";
}

TEST_F(ReturnedMailTest, WarningsAboutADelayDoNotCount) {
  ASSERT_TRUE(take(path_to(kBob), report(kBob, kFull, "delayed")));
  EXPECT_TRUE(store_->hits().soft_scores(kBob)->empty());
  EXPECT_TRUE(says("reason=delayed")) << line();
}

TEST_F(ReturnedMailTest, AComplaintListsInTheTenantsScope) {
  ASSERT_TRUE(take(path_to(kBob), complaint(kBob)));
  ASSERT_EQ(listed().size(), 1u);
  EXPECT_EQ(listed()[0].reason, policy::Reason::complaint);
  EXPECT_EQ(listed()[0].tenant, "shop");
  EXPECT_TRUE(says("stage=complaint action=accept")) << line();
  ASSERT_TRUE(take(path_to("ann@example.net"), complaint("ann@example.net", "opt-out")));
  ASSERT_EQ(listed("ann@example.net").size(), 1u);
  EXPECT_EQ(listed("ann@example.net")[0].reason, policy::Reason::unsubscribe);
  EXPECT_EQ(listed("ann@example.net")[0].stream, "bulk");
}

TEST_F(ReturnedMailTest, WhatOnlyLooksLikeOurOwnMtasListsForTheTenant) {
  intake_.prove_own_mta_by([](const milter::ReturnedMail& mail) { return mail.client == "127.0.0.1"; });
  ASSERT_TRUE(intake_.take({"01JDABCDEFGHJKMNPQRSTVWXYZ",
                            "Q1",
                            {path_to(kBob)},
                            report(kBob, "550 5.1.1 User unknown"),
                            "127.0.0.2",
                            true},
                           *snapshot_));
  EXPECT_FALSE(says(" by=own-mta")) << line();
  EXPECT_EQ(listed()[0].tenant, "shop");
}

TEST_F(ReturnedMailTest, WhatOurOwnMtaReportsIsListedEverywhere) {
  intake_.prove_own_mta_by([](const milter::ReturnedMail&) { return true; });
  const auto take_own = [&](const std::string& local, const std::string& raw) {
    return intake_.take({"01JDABCDEFGHJKMNPQRSTVWXYZ", "Q1", {local}, raw, "127.0.0.1", true}, *snapshot_);
  };
  ASSERT_TRUE(take_own(path_to(kBob), report(kBob, "550 5.1.1 User unknown")));
  EXPECT_TRUE(says("action=accept")) << line();
  EXPECT_TRUE(says(" by=own-mta")) << line();
  ASSERT_EQ(listed().size(), 1u);
  EXPECT_EQ(listed()[0].tenant, "");
  ASSERT_TRUE(take_own(path_to(std::nullopt), report("ann@example.net", "550 5.1.1 User unknown")));
  EXPECT_EQ(listed("ann@example.net").size(), 1u) << "one of several recipients: " << line();
  ASSERT_TRUE(take_own(path_to(kBob), report("eve@example.net", "550 5.1.1 User unknown")));
  EXPECT_TRUE(says("reason=not-a-recipient")) << line();
  ASSERT_TRUE(take_own(path_to(std::nullopt), complaint("fay@example.net")));
  EXPECT_TRUE(says("reason=shared-return-path")) << line();
  auto own = std::make_shared<milter::Snapshot>(std::move(*configured()));
  own->feedback.hard_everywhere = false;
  snapshot_ = own;
  ASSERT_TRUE(take_own(path_to("gus@example.net"), report("gus@example.net", "550 5.1.1 User unknown")));
  EXPECT_EQ(listed("gus@example.net")[0].tenant, "shop");
}

TEST_F(ReturnedMailTest, AComplaintThatHidesTheRecipientIsKnownByOurId) {
  const std::string id = base::format_ulid(clock_.wall() - std::chrono::hours(5), entropy_);
  const auto with_id = [&](const std::string& value) {
    std::string raw = complaint("redacted@");
    raw.insert(raw.find("Subject: hello"), "Signpost-Id: " + value + "\r\n");
    return raw;
  };
  const auto sealed =
      snapshot_->sealed_ids->seal(policy::tenant_id("shop"), track::stream_code("bulk"), id, kBob);
  ASSERT_TRUE(take("fbl", with_id("AQFnothingofours")));
  EXPECT_TRUE(says("reason=no-token")) << line();
  EXPECT_TRUE(listed().empty());
  ASSERT_TRUE(take("fbl", with_id(*sealed)));
  EXPECT_TRUE(says("stage=complaint action=accept")) << line();
  EXPECT_TRUE(says("to=<bob@example.net>")) << line();
  ASSERT_EQ(listed().size(), 1u);
  EXPECT_EQ(listed()[0].reason, policy::Reason::complaint);
  std::string blocked = report("elsewhere@yahoo.com", kBlocked);
  blocked.insert(blocked.find("--b--"), "--b\r\nContent-Type: message/rfc822\r\n\r\nSignpost-Id: " + *sealed +
                                            "\r\nSubject: hello\r\n\r\nx\r\n");
  ASSERT_TRUE(take("fbl", blocked));
  const auto counts = tests::provider_counts(store_->hits(), policy::tenant_id("shop"));
  ASSERT_EQ(counts.size(), 2u);
  for (const auto& [counter, times] : counts) EXPECT_EQ(counter.provider, "other") << "the id's recipient";
  std::string hashed = complaint("0fae3b@example.net", "opt-out");
  hashed.insert(hashed.find("Subject: hello"), "Signpost-Id: " + *sealed + "\r\n");
  ASSERT_TRUE(take("fbl", hashed));
  EXPECT_TRUE(says("action=accept")) << "RFC 6590 hides the local part: " << line();
  std::string other = complaint("victim@example.org");
  other.insert(other.find("Subject: hello"), "Signpost-Id: " + *sealed + "\r\n");
  ASSERT_TRUE(take("fbl", other));
  EXPECT_TRUE(says("reason=not-a-recipient")) << line();
}

TEST_F(ReturnedMailTest, ReportsThatAreNotToBeBelievedDoNothing) {
  const struct {
    const char* what;
    std::string local;
    std::string raw;
    const char* reason;
  } rows[] = {
      {"another recipient", path_to(kBob), report("victim@example.org", kGone), "reason=not-a-recipient"},
      {"several recipients", path_to(std::nullopt), report(kBob, kGone), "reason=shared-return-path"},
      {"no token", "b+hello", report(kBob, kGone), "reason=no-token"},
      {"too old", path_to(kBob, std::chrono::days(31)), report(kBob, kGone), "reason=expired"},
      {"from the future", path_to(kBob, -std::chrono::days(3)), report(kBob, kGone), "reason=expired"},
      {"out of office", path_to(kBob),
       "From: bob@example.net\r\nSubject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\nI am "
       "away.\r\n",
       "class=auto"},
      {"ordinary mail", path_to(kBob), "From: bob@example.net\r\nSubject: Re: offers\r\n\r\nThanks!\r\n",
       "class=none"},
      {"empty", path_to(kBob), "", "class=none"},
  };
  for (const auto& row : rows) {
    ASSERT_TRUE(take(row.local, row.raw)) << row.what;
    EXPECT_TRUE(says("action=observe")) << row.what << ": " << line();
    EXPECT_TRUE(says(row.reason)) << row.what << ": " << line();
    EXPECT_TRUE(listed().empty()) << row.what;
    EXPECT_TRUE(listed("victim@example.org").empty()) << row.what;
  }
}

TEST_F(ReturnedMailTest, ForgedAndReplayedReportsDoNothing) {
  const std::string good = path_to(kBob);
  std::mt19937 random(3);
  for (int i = 0; i < 1000; ++i) {
    std::string forged = good;
    forged[2 + random() % (forged.size() - 2)] = "abcdefghijklmnopqrstuvwxyz234567"[random() % 32];
    if (forged == good) continue;
    ASSERT_TRUE(take(forged, report(kBob, kGone)));
  }
  EXPECT_TRUE(listed().empty());
  ASSERT_TRUE(take(good, report(kBob, kFull)));
  for (int i = 0; i < 10; ++i) {
    clock_.tick(std::chrono::hours(25));
    ASSERT_TRUE(take(good, report(kBob, kFull)));
    EXPECT_TRUE(says("reason=duplicate")) << line();
  }
  EXPECT_TRUE(listed().empty()) << "the same report counts once";
  EXPECT_EQ(store_->hits().soft_scores(kBob)->begin()->second.thousandths, 1000u);
}

TEST_F(ReturnedMailTest, WhatIsNotBelievedLeavesNoTraceAndBlocksNothing) {
  const std::string local = path_to(kBob);
  const std::string worded =
      "From: MAILER-DAEMON@mx.example.net\r\nSubject: failure notice\r\n\r\nHi. This is the qmail-send "
      "program.\r\n"
      "I'm sorry, it did not work out: no mailbox here by that name.\r\n\r\n--- Below this line is a copy of "
      "the "
      "message.\r\n\r\nTo: bob@example.net\r\nSubject: hello\r\n";
  ASSERT_TRUE(take(local, worded));
  ASSERT_TRUE(take(local, report("victim@example.org", kGone)));
  EXPECT_TRUE(tests::provider_counts(store_->hits(), policy::tenant_id("shop")).empty());
  ASSERT_TRUE(take(local, report(kBob, kGone)));
  EXPECT_EQ(listed().size(), 1u) << "the genuine one behind it";
  ASSERT_TRUE(take(local, report("any@example.org", kBlocked)));
  ASSERT_TRUE(take(local, report("more@example.org", kBlocked)));
  EXPECT_TRUE(says("reason=duplicate")) << line();
}

TEST_F(ReturnedMailTest, WhereAnAliasLeadsOnOneDeadTargetIsNotTheAddress) {
  std::string raw = report("gone@corp.example", kGone);
  raw.insert(raw.find("Final-Recipient"), "Original-Recipient: rfc822; bob@example.net\r\n");
  ASSERT_TRUE(take(path_to(kBob), raw));
  EXPECT_TRUE(listed().empty());
  EXPECT_TRUE(says("action=accept reason=went-on")) << line();
  EXPECT_EQ(store_->hits().soft_scores(kBob)->size(), 1u);
}

TEST_F(ReturnedMailTest, TheOtherServersWordsAreInTheLine) {
  ASSERT_TRUE(take(path_to(kBob),
                   report(kBob, "550 5.1.1 <Bob@Example.net>: Recipient address rejected: User unknown")));
  EXPECT_TRUE(says("<Bob@Example.net>: Recipient address rejected")) << line();
}

TEST_F(ReturnedMailTest, AReportLeavesTheOperatorsEntryAsItIs) {
  policy::Listing own;
  own.address = kBob;
  own.tenant = "shop";
  own.reason = policy::Reason::hard_bounce;
  own.since = clock_.wall() - std::chrono::hours(1);
  own.by = "operator uid=0";
  own.note = "by phone";
  ASSERT_TRUE(store_->suppressions().add(own));
  ASSERT_TRUE(take(path_to(kBob), report(kBob, kGone)));
  ASSERT_EQ(listed().size(), 1u);
  EXPECT_EQ(listed()[0].by, "operator uid=0");
  EXPECT_EQ(listed()[0].note, "by phone");
}

TEST_F(ReturnedMailTest, AReportOfTenThousandRecipientsIsBounded) {
  std::string raw = report(kBob, kGone);
  const std::size_t at = raw.find("\r\n\r\n--b--");
  std::string many;
  for (int i = 0; i < 10'000; ++i)
    many += "\r\n\r\nFinal-Recipient: rfc822; u" + std::to_string(i) +
            "@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n"
            "Diagnostic-Code: smtp; 550 5.1.1 User unknown";
  raw.insert(at, many);
  const std::size_t before = events_.lines().size();
  ASSERT_TRUE(take(path_to(kBob), raw));
  EXPECT_EQ(events_.lines().size(), before + 20);
  EXPECT_EQ(listed().size(), 1u) << "the one that the token names";
  ASSERT_TRUE(take(path_to("u500@example.net"), raw));
  EXPECT_EQ(listed("u500@example.net").size(), 1u) << "wherever it stands";
  std::string same = report("u1@example.net", kGone);
  std::string again;
  for (int i = 0; i < 500; ++i)
    again += "\r\n\r\nFinal-Recipient: rfc822; u1@example.net\r\nAction: failed\r\nStatus: 5.1.1";
  same.insert(same.find("\r\n\r\n--b--"), again);
  const std::size_t lines = events_.lines().size();
  ASSERT_TRUE(take(path_to("u1@example.net"), same));
  EXPECT_LE(events_.lines().size(), lines + 21) << "one that names it many times has no more lines";
}

TEST_F(ReturnedMailTest, AnUnsubscribeByMailActsAsTheLinkDoes) {
  track::Token token;
  token.purpose = track::Purpose::unsubscribe;
  token.mode = track::Mode::identified;
  token.tenant = policy::tenant_id("shop");
  token.stream = "bulk";
  token.recipient = kBob;
  const std::string sealed = snapshot_->sealer->seal(token);
  const auto ask = [&](const std::string& subject) {
    return intake_.take({"01JDABCDEFGHJKMNPQRSTVWXYZ",
                         "Q1",
                         {"U"},
                         "From: someone@else.example\r\nSubject: " + subject + "\r\n\r\n",
                         "192.0.2.9"},
                        *snapshot_);
  };
  ASSERT_TRUE(ask("hello"));
  EXPECT_TRUE(says("stage=unsubscribe action=observe reason=no-token")) << line();
  ASSERT_TRUE(ask("unsubscribe " + sealed.substr(1)));
  EXPECT_TRUE(says("reason=forged")) << line();
  EXPECT_TRUE(listed().empty());
  EXPECT_TRUE(told_.empty());

  ASSERT_TRUE(ask("unsubscribe\r\n " + sealed));
  ASSERT_EQ(listed().size(), 1u);
  EXPECT_EQ(listed()[0].reason, policy::Reason::unsubscribe);
  EXPECT_EQ(listed()[0].stream, "bulk");
  EXPECT_EQ(listed()[0].by, "web");
  EXPECT_TRUE(says("stage=unsubscribe action=accept reason=mail")) << line();
  EXPECT_EQ(told_.size(), 1u);
  ASSERT_TRUE(intake_.take({"01JDABCDEFGHJKMNPQRSTVWXYZ",
                            "Q1",
                            {"u", path_to("ann@example.net")},
                            report("ann@example.net", kGone),
                            "192.0.2.9"},
                           *snapshot_));
  EXPECT_EQ(listed("ann@example.net").size(), 1u) << "a report to both addresses is a report too";
  ASSERT_TRUE(ask("AW: [EXT] \"unsubscribe " + sealed + "\"."));
  EXPECT_EQ(told_.size(), 1u) << "the same request again";
}

TEST_F(ReturnedMailTest, ATenantThatIsGoneIsFoundByItsFormerName) {
  const std::string local = path_to(kBob);
  auto without =
      tests::configured("[feedback]\nkey_file = \"/keys/ring\"\nbounce_domain = \"bounce.example.com\"\n");
  snapshot_ = without;
  ASSERT_TRUE(take(local, report(kBob, kGone)));
  EXPECT_TRUE(says("reason=unknown-tenant")) << line();
  ASSERT_TRUE(store_->hits().remember_tenants({{policy::tenant_id("shop"), "shop"}}));
  ASSERT_TRUE(take(local, report(kBob, kGone)));
  ASSERT_EQ(listed().size(), 1u);
  EXPECT_EQ(listed()[0].tenant, "shop");
}

}  // namespace
}  // namespace signpost::daemon::ingest
