// Mail that a limit holds, from the session that holds it to its release, with a real store and limits.
#include "daemon/upkeep/hold_keeper.h"

#include <gtest/gtest.h>

#include "daemon/upkeep/held_subject.h"
#include "milter/session.h"
#include "policy/limits/buckets.h"
#include "store/store.h"
#include "system/log_writer.h"
#include "tests/support/configured.h"
#include "tests/support/mta_queue_twin.h"
#include "tests/support/twins.h"
#include "tests/support/workplace.h"

namespace signpost::daemon::upkeep {
namespace {

using namespace std::chrono_literals;
using policy::Action;

const std::string kConfig = R"([hold]
socket = "/run/release.sock"

[[tenant]]
name    = "shop"
logins  = ["shop", "office"]
sender_domains = ["shop.example"]
stream  = "bulk"

[[limit]]
name   = "hourly"
key    = ["tenant", "login"]
rate   = ["2/h"]
action = "hold"
)";

class HoldKeeperTest : public testing::Test {
 protected:
  HoldKeeperTest() { open(); }

  /// As a start of the daemon does.
  void open() {
    keeper_.reset();
    keeper_ = std::make_unique<HoldKeeper>(std::make_unique<tests::MtaQueueTwin>(queue_), store_->held(),
                                           services_, log_);
    services_.holds = keeper_.get();
    ASSERT_TRUE(keeper_->load());
  }
  void use(const std::string& config) { snapshots_.set(tests::configured(config)); }

  /// The verdict at the end of a message.
  policy::Verdict send(const std::string& queue_id, const std::vector<std::string>& recipients,
                       const std::string& login = "shop", bool applied = true) {
    return send_whole(queue_id, recipients, login, applied).verdict;
  }
  /// The same, with fields in its header and what was done to it.
  milter::Outcome send_whole(const std::string& queue_id, const std::vector<std::string>& recipients,
                             const std::string& login = "shop", bool applied = true,
                             const std::vector<std::string>& send_at = {}) {
    tick(1ms);  // so that ids are in the order of their messages
    milter::Session session(services_);
    session.connect({base::parse_ip("192.0.2.7").value(), "client.example", 4711, ""});
    session.mail({"<news@shop.example>", {}, login, queue_id});
    for (const std::string& recipient : recipients) {
      const policy::Verdict heard = session.rcpt("<" + recipient + ">", queue_id);
      if (heard.action != Action::accept) return {heard, {}, {}};
    }
    session.header("From", " News <news@shop.example>");
    session.header("Message-ID", " <1@shop.example>");
    session.header("Date", " Mon, 23 Nov 2026 12:00:00 +0000");
    for (const std::string& time : send_at) session.header("Signpost-Send-At", " " + time);
    session.end_of_headers();
    session.body("text\r\n");
    milter::Outcome outcome = session.end_of_message(queue_id);
    session.finish(applied);
    return outcome;
  }
  Action action_of(const std::string& queue_id, const std::string& login = "shop") {
    return send(queue_id, {"bob@example.net"}, login).action;
  }
  void tick(std::chrono::milliseconds by) { clock_.tick(by); }
  std::vector<std::string> held() {
    std::vector<std::string> ids;
    for (const auto& one : keeper_->list(100, [](const auto&) { return true; }))
      ids.push_back(one.message.queue_id);
    return ids;
  }
  std::string_view waits_for() {
    const auto all = keeper_->list(1, [](const auto&) { return true; });
    return all.empty() ? "nothing is held" : all.front().waits_for;
  }
  bool says(const std::string& text) { return events_.lines().back().find(text) != std::string::npos; }
  using Ids = std::vector<std::string>;

  tests::TempDir directory_;
  tests::HandClock clock_;
  tests::RecordingSink events_;
  std::unique_ptr<store::Store> store_ = std::move(*store::Store::open(directory_.path() + "/store"));
  policy::limits::Buckets buckets_;
  milter::Counters counters_;
  milter::OverridesHolder overrides_;
  milter::SnapshotHolder snapshots_{tests::configured(kConfig)};
  system::DaemonLog log_{std::move(*system::LogWriter::open(system::LogTarget::standard_error)), clock_};
  tests::HoldQueueState queue_;
  milter::Services services_{snapshots_, overrides_, store_->suppressions(), buckets_, events_,
                             clock_,     counters_};
  std::unique_ptr<HoldKeeper> keeper_;
};

TEST_F(HoldKeeperTest, AFullLimitHoldsTheFinishedMessage) {
  EXPECT_EQ(action_of("Q1"), Action::accept);
  EXPECT_EQ(action_of("Q2"), Action::accept);
  const policy::Verdict verdict = send("Q3", {"bob@example.net"});
  EXPECT_EQ(verdict.action, Action::hold);
  EXPECT_EQ(verdict.rule, "hourly");
  EXPECT_TRUE(says("qid=Q3 stage=message action=hold reason=limit rule=hourly")) << events_.lines().back();
  EXPECT_TRUE(queue_.announced.contains("Q3"));
  EXPECT_EQ(held(), Ids{"Q3"});
  EXPECT_EQ(counters_.held, 1u);
  EXPECT_EQ(counters_.sent.take().begin()->second, 3u) << "it is taken, and counts as sent";
  EXPECT_EQ(action_of("Q4", "office"), Action::accept) << "another key";
}

TEST_F(HoldKeeperTest, ItGoesWhenTheLimitAllowsAndIsChargedThen) {
  for (const char* id : {"Q1", "Q2", "Q3", "Q4", "Q5"}) action_of(id);
  tick(3s);
  EXPECT_EQ(keeper_->work(), 0u);
  EXPECT_EQ(waits_for(), "limit");
  tick(70min);
  EXPECT_EQ(keeper_->work(), 2u);
  EXPECT_EQ(queue_.released, (Ids{"Q3", "Q4"})) << "in order, and no more than the limit allows";
  EXPECT_TRUE(says("stage=release action=accept reason=- from=<news@shop.example>"))
      << events_.lines().back();
  EXPECT_EQ(keeper_->work(), 0u);
  tick(70min);
  EXPECT_EQ(keeper_->work(), 1u);
  EXPECT_EQ(held(), Ids{});
  EXPECT_EQ(action_of("Q6"), Action::accept);
  EXPECT_EQ(action_of("Q7"), Action::hold) << "the released one was charged";
}

TEST_F(HoldKeeperTest, LaterMailWaitsBehindWhatWaits) {
  for (const char* id : {"Q1", "Q2", "Q3"}) action_of(id);
  tick(70min);
  EXPECT_EQ(action_of("Q4"), Action::hold) << "Q3 comes first";
  tick(3s);
  EXPECT_EQ(keeper_->work(), 2u);
  EXPECT_EQ(queue_.released, (Ids{"Q3", "Q4"}));
}

TEST_F(HoldKeeperTest, AMessageToSeveralIsChargedForThoseThatDidNotFit) {
  EXPECT_EQ(action_of("Q1"), Action::accept);
  EXPECT_EQ(send("Q2", {"a@example.net", "b@example.net"}).action, Action::hold);
  const auto all = keeper_->list(1, [](const auto&) { return true; });
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].message.recipients, (Ids{"a@example.net", "b@example.net"}));
  ASSERT_EQ(all[0].message.charges.size(), 1u);
  EXPECT_EQ(all[0].message.charges[0].amount, 1u);
}

TEST_F(HoldKeeperTest, WhatCannotBeAnnouncedIsDeferred) {
  action_of("Q1");
  action_of("Q2");
  queue_.is_down = true;
  const policy::Verdict verdict = send("Q3", {"bob@example.net"});
  EXPECT_EQ(verdict.action, Action::defer);
  EXPECT_EQ(verdict.reply.code, 451);
  EXPECT_TRUE(says("reason=hold-unavailable")) << events_.lines().back();
  EXPECT_EQ(held(), Ids{});
  EXPECT_TRUE(store_->held().load()->empty());
}

TEST_F(HoldKeeperTest, WhatTheMtaWasNotToldOfIsGivenUp) {
  action_of("Q1");
  action_of("Q2");
  send("Q3", {"bob@example.net"}, "shop", false);
  EXPECT_EQ(held(), Ids{});
  EXPECT_TRUE(store_->held().load()->empty());
  EXPECT_FALSE(keeper_->waits("hourly", "tenant=shop login=shop"));
}

TEST_F(HoldKeeperTest, ItOutlivesTheDaemon) {
  for (const char* id : {"Q1", "Q2", "Q3", "Q4"}) action_of(id);
  open();
  EXPECT_EQ(held(), (Ids{"Q3", "Q4"}));
  EXPECT_TRUE(keeper_->waits("hourly", "tenant=shop login=shop"));
  tick(70min);
  EXPECT_EQ(keeper_->work(), 2u);
  open();
  EXPECT_EQ(held(), Ids{});
}

TEST_F(HoldKeeperTest, WhoWasSuppressedMeanwhileGetsNothing) {
  for (const char* id : {"Q1", "Q2", "Q3"}) action_of(id);
  policy::Listing listing;
  listing.address = "bob@example.net";
  listing.reason = policy::Reason::manual;
  ASSERT_TRUE(store_->suppressions().add(listing));
  tick(70min);
  EXPECT_EQ(keeper_->work(), 1u);
  EXPECT_EQ(queue_.released, Ids{});
  EXPECT_EQ(queue_.refused, Ids{"Q3"});
  EXPECT_TRUE(says("stage=release action=refuse reason=suppressed")) << events_.lines().back();
}

TEST_F(HoldKeeperTest, APausedTenantsMailStays) {
  for (const char* id : {"Q1", "Q2", "Q3"}) action_of(id);
  auto paused = std::make_shared<policy::limits::Overrides>();
  paused->paused["shop"] = {};
  overrides_.set(paused);
  tick(70min);
  EXPECT_EQ(keeper_->work(), 0u);
  EXPECT_EQ(waits_for(), "paused");
  overrides_.set(std::make_shared<policy::limits::Overrides>());
  EXPECT_EQ(keeper_->work(), 1u);
}

TEST_F(HoldKeeperTest, WhatWaitsTooLongGoesBackToItsSender) {
  use(kConfig + "[[tenant]]\nname = \"other\"\nlogins = [\"other\"]\n");
  for (const char* id : {"Q1", "Q2", "Q3"}) action_of(id);
  auto none = std::make_shared<policy::limits::Overrides>();
  none->limits["hourly"] = {{{0, 1h}}, {}, {}};
  overrides_.set(none);
  tick(24h * 5 - 1min);
  EXPECT_EQ(keeper_->work(), 0u);
  tick(2min);
  EXPECT_EQ(keeper_->work(), 1u);
  EXPECT_EQ(queue_.refused, Ids{"Q3"});
  EXPECT_TRUE(says("reason=held-too-long")) << events_.lines().back();
}

TEST_F(HoldKeeperTest, ALimitThatIsGoneHoldsNothing) {
  for (const char* id : {"Q1", "Q2", "Q3"}) action_of(id);
  use(kConfig.substr(0, kConfig.find("[[limit]]")));
  tick(3s);
  EXPECT_EQ(keeper_->work(), 1u);
  EXPECT_EQ(queue_.released, Ids{"Q3"});
}

TEST_F(HoldKeeperTest, ATenantThatIsGoneIsToldAndItsMailStays) {
  for (const char* id : {"Q1", "Q2", "Q3"}) action_of(id);
  use("[hold]\nsocket = \"/run/release.sock\"\n");
  tick(3s);
  EXPECT_EQ(keeper_->work(), 0u);
  EXPECT_EQ(waits_for(), "unknown-tenant");
}

TEST_F(HoldKeeperTest, WhatTheAdministratorReleasedIsForgotten) {
  for (const char* id : {"Q1", "Q2", "Q3"}) action_of(id);
  queue_.gone.insert("Q3");
  tick(70min);
  EXPECT_EQ(keeper_->work(), 1u);
  EXPECT_TRUE(says("action=observe reason=gone")) << events_.lines().back();
  EXPECT_EQ(action_of("Q4"), Action::accept);
  EXPECT_EQ(action_of("Q5"), Action::accept) << "it was not charged";
}

TEST_F(HoldKeeperTest, WhatStaysInTheQueueIsTriedAgainAndNotCharged) {
  for (const char* id : {"Q1", "Q2", "Q3"}) action_of(id);
  queue_.stuck.insert("Q3");
  tick(70min);
  EXPECT_EQ(keeper_->work(), 0u);
  EXPECT_EQ(waits_for(), "mta");
  queue_.stuck.clear();
  EXPECT_EQ(keeper_->work(), 0u) << "not at once";
  tick(11s);
  EXPECT_EQ(keeper_->work(), 1u);
  EXPECT_EQ(queue_.released, Ids{"Q3"});
}

TEST_F(HoldKeeperTest, WhileTheQueueCannotBeAskedNothingIsLost) {
  for (const char* id : {"Q1", "Q2", "Q3"}) action_of(id);
  tick(70min);
  queue_.is_down = true;
  EXPECT_EQ(keeper_->work(), 0u);
  EXPECT_NE(keeper_->problem(), "");
  EXPECT_EQ(held(), Ids{"Q3"});
  queue_.is_down = false;
  tick(11s);
  EXPECT_EQ(keeper_->work(), 1u);
  EXPECT_EQ(keeper_->problem(), "");
}

TEST_F(HoldKeeperTest, AnUnknownMessageIsGivenUpInTime) {
  for (const char* id : {"Q1", "Q2", "Q3"}) action_of(id);
  queue_.announced.clear();
  overrides_.set([] {
    auto wide = std::make_shared<policy::limits::Overrides>();
    wide->limits["hourly"] = {{{100, 1h}}, {}, {}};
    return wide;
  }());
  tick(5s);
  EXPECT_EQ(keeper_->work(), 0u);
  tick(10min);
  EXPECT_EQ(keeper_->work(), 1u);
  EXPECT_TRUE(says("action=observe reason=not-told")) << events_.lines().back();
}

TEST_F(HoldKeeperTest, AnOperatorReleasesOrDropsOne) {
  for (const char* id : {"Q1", "Q2", "Q3", "Q4"}) action_of(id);
  EXPECT_EQ(keeper_->release("Q9", "ann").error().kind, base::ErrorKind::not_found);
  ASSERT_TRUE(keeper_->release("Q4", "ann"));
  EXPECT_TRUE(says("action=accept reason=operator")) << events_.lines().back();
  const std::string id = keeper_->list(1, [](const auto&) { return true; })[0].message.id;
  ASSERT_TRUE(keeper_->drop(id, "ann"));
  EXPECT_EQ(queue_.released, Ids{"Q4"});
  EXPECT_EQ(queue_.dropped, Ids{"Q3"});
  EXPECT_EQ(held(), Ids{});
}

TEST_F(HoldKeeperTest, WithoutItsServiceALimitThatHoldsDefers) {
  services_.holds = nullptr;
  action_of("Q1");
  action_of("Q2");
  const policy::Verdict verdict = send("Q3", {"bob@example.net"});
  EXPECT_EQ(verdict.action, Action::defer);
  EXPECT_EQ(verdict.reply.code, 451);
}

TEST_F(HoldKeeperTest, ALimitThatDefersComesBeforeOneThatHolds) {
  use(kConfig + "[[limit]]\nname = \"hard\"\nkey = [\"tenant\"]\nrate = [\"3/h\"]\n");
  action_of("Q1");
  action_of("Q2");
  EXPECT_EQ(action_of("Q3"), Action::hold);
  EXPECT_EQ(action_of("Q4"), Action::defer) << "nothing is held that would not have been taken";
  EXPECT_EQ(held(), Ids{"Q3"});
}

TEST_F(HoldKeeperTest, TheListIsAskedAboutEveryReadingOfARecipient) {
  action_of("Q1");
  action_of("Q2");
  send("Q3", {"@mx.example:eve@example.net"});
  EXPECT_EQ(held(), Ids{"Q3"});
  policy::Listing listing;
  listing.address = "eve@example.net";
  listing.reason = policy::Reason::manual;
  ASSERT_TRUE(store_->suppressions().add(listing));
  EXPECT_EQ(keeper_->release("Q3", "ann").error().kind, base::ErrorKind::invalid);
  tick(70min);
  EXPECT_EQ(keeper_->work(), 1u);
  EXPECT_EQ(queue_.refused, Ids{"Q3"});
  EXPECT_EQ(queue_.released, Ids{});
}

TEST_F(HoldKeeperTest, AListThatOnlyObservesLetsItGo) {
  for (const char* id : {"Q1", "Q2", "Q3"}) action_of(id);
  policy::Listing listing;
  listing.address = "bob@example.net";
  listing.reason = policy::Reason::manual;
  ASSERT_TRUE(store_->suppressions().add(listing));
  use(kConfig + "[suppression]\naction = \"observe\"\n");
  tick(70min);
  EXPECT_EQ(keeper_->work(), 1u);
  EXPECT_EQ(queue_.released, Ids{"Q3"});
}

TEST_F(HoldKeeperTest, TheTrialOfAListingBeginsAtTheRelease) {
  services_.probation = &store_->suppressions();
  use(kConfig + "[suppression]\nprobation = \"7d\"\n");
  action_of("Q1", "office");
  for (const char* id : {"Q1", "Q2"}) send(id, {"ann@example.net"});
  policy::Listing listing;
  listing.address = "bob@example.net";
  listing.reason = policy::Reason::hard_bounce;
  listing.since = clock_.wall();
  listing.until = clock_.wall() + 1h;
  ASSERT_TRUE(store_->suppressions().add(listing));
  tick(90min);
  for (const char* id : {"Q3", "Q4"}) send(id, {"ann@example.net"});
  send("Q5", {"bob@example.net"});
  EXPECT_EQ(held(), Ids{"Q5"});
  EXPECT_FALSE(store_->suppressions().find(*mail::parse_address("bob@example.net"))->front().trial);
  tick(70min);
  EXPECT_EQ(keeper_->work(), 1u);
  EXPECT_EQ(queue_.released, Ids{"Q5"});
  EXPECT_TRUE(store_->suppressions().find(*mail::parse_address("bob@example.net"))->front().trial);
}

TEST_F(HoldKeeperTest, WhatWentWhileTheAnswerWasLostIsCharged) {
  for (const char* id : {"Q1", "Q2", "Q3", "Q4", "Q5"}) action_of(id);
  tick(70min);
  queue_.loses_answer = true;
  EXPECT_EQ(keeper_->work(), 0u);
  EXPECT_EQ(queue_.released, (Ids{"Q3", "Q4"}));
  queue_.loses_answer = false;
  tick(11s);
  EXPECT_EQ(keeper_->work(), 2u);
  EXPECT_EQ(held(), Ids{"Q5"});
  EXPECT_EQ(keeper_->work(), 0u);
  EXPECT_EQ(waits_for(), "limit") << "two went, and no more is allowed";
}

TEST_F(HoldKeeperTest, OnlyWhatWaitsForTheLimitKeepsOthersWaiting) {
  for (const char* id : {"Q1", "Q2", "Q3"}) action_of(id);
  auto paused = std::make_shared<policy::limits::Overrides>();
  paused->paused["shop"] = {};
  overrides_.set(paused);
  tick(70min);
  EXPECT_EQ(keeper_->work(), 0u);
  EXPECT_EQ(waits_for(), "paused");
  EXPECT_FALSE(keeper_->waits("hourly", "tenant=shop login=shop"));
}

TEST_F(HoldKeeperTest, WhatFailsKeepsItsPlaceForAWhile) {
  for (const char* id : {"Q1", "Q2", "Q3", "Q4"}) action_of(id);
  queue_.stuck.insert("Q3");
  tick(70min);
  EXPECT_EQ(keeper_->work(), 1u) << "in one call";
  EXPECT_EQ(queue_.released, Ids{"Q4"});
  action_of("Q5");
  EXPECT_EQ(action_of("Q6"), Action::hold);
  tick(3s);
  EXPECT_EQ(keeper_->work(), 0u) << "Q3 rests, and comes first";
  for (int i = 0; i < 8; ++i) {
    tick(30min);
    keeper_->work();
  }
  EXPECT_NE(keeper_->problem().find("1 messages should have left"), std::string::npos) << keeper_->problem();
  EXPECT_EQ(held(), Ids{"Q3"}) << "in the end it does not hold up the others";
}

TEST_F(HoldKeeperTest, WithoutItsSocketItSaysThatNobodyReleases) {
  for (const char* id : {"Q1", "Q2", "Q3"}) action_of(id);
  HoldKeeper without(nullptr, store_->held(), services_, log_);
  ASSERT_TRUE(without.load());
  EXPECT_NE(without.problem().find("hold.socket is not set"), std::string::npos);
}

TEST_F(HoldKeeperTest, MailWithoutASenderIsNotHeld) {
  action_of("Q1");
  action_of("Q2");
  milter::Session session(services_);
  session.connect({base::parse_ip("192.0.2.7").value(), "client.example", 4711, ""});
  session.mail({"<>", {}, "shop", "Q3"});
  session.rcpt("<bob@example.net>", "Q3");
  session.header("From", " News <news@shop.example>");
  session.end_of_headers();
  EXPECT_EQ(session.end_of_message("Q3").verdict.action, Action::defer);
  session.finish(true);
  EXPECT_EQ(held(), Ids{});
}

TEST_F(HoldKeeperTest, AllAreReleasedButForThoseThatMayNotGo) {
  for (const char* id : {"Q1", "Q2"}) action_of(id);
  send("Q3", {"bob@example.net"});
  send("Q4", {"eve@example.net"});
  policy::Listing listing;
  listing.address = "eve@example.net";
  listing.reason = policy::Reason::manual;
  ASSERT_TRUE(store_->suppressions().add(listing));
  const auto all = [](const auto&) { return true; };
  const HoldKeeper::Released done = keeper_->release_all(all, "ann");
  EXPECT_EQ(done.released, 1u);
  EXPECT_EQ(done.left, 1u);
  EXPECT_EQ(held(), Ids{"Q4"});
  EXPECT_EQ(keeper_->release_all(all, "ann", true).released, 1u);
}

TEST_F(HoldKeeperTest, APersonsHeldMailIsShownAndErased) {
  action_of("Q1");
  action_of("Q2");
  send("Q3", {"bob@example.net"});
  send("Q4", {"eve@example.net"});
  const SubjectSource source = held_source(*keeper_);
  const mail::Address bob = *mail::parse_address("Bob@example.NET");
  EXPECT_EQ(source.show(bob)->size(), 1u);
  EXPECT_EQ(*source.erase(bob), 1u);
  EXPECT_EQ(queue_.dropped, Ids{"Q3"});
  EXPECT_EQ(held(), Ids{"Q4"});
  EXPECT_EQ(source.show(*mail::parse_address("news@shop.example"))->size(), 1u);
  send("Q5", {"bob@example.net", "eve@example.net"});
  const auto failed = source.erase(bob);
  ASSERT_FALSE(failed) << "others get it too";
  EXPECT_NE(failed.error().text.find("1 held messages"), std::string::npos);
}

class SendAtTest : public HoldKeeperTest {
 protected:
  SendAtTest() {
    use(kConfig +
        "[dkim]\nexpire_after = \"2d\"\n[[dkim.key]]\ndomain = \"shop.example\"\nselector = \"s1\"\n"
        "file = \"/keys/s1.pem\"\n");
  }
  milter::Outcome at(const std::vector<std::string>& times, const std::string& queue_id = "Q1") {
    return send_whole(queue_id, {"bob@example.net"}, "shop", true, times);
  }
  std::string refusal(const std::vector<std::string>& times) {
    const policy::Verdict verdict = at(times).verdict;
    EXPECT_EQ(verdict.action, Action::refuse);
    EXPECT_EQ(verdict.reply.code, 550);
    return verdict.reply.text;
  }
};

// The clock begins at 2026-11-23T12:00:00Z.
TEST_F(SendAtTest, AMessageForLaterIsHeldDatedAndSignedForThatTime) {
  const milter::Outcome outcome = at({"2026-11-24T13:00:00+01:00"});
  EXPECT_EQ(outcome.verdict.action, Action::hold);
  EXPECT_TRUE(says("action=hold reason=send-at rule=send-at")) << events_.lines().back();
  std::string date;
  std::string signature;
  for (const mail::Edit& edit : outcome.edits) {
    if (const auto* change = std::get_if<mail::ChangeField>(&edit)) date = change->after;
    if (const auto* insert = std::get_if<mail::InsertField>(&edit)) signature = insert->value;
  }
  EXPECT_EQ(date, " Tue, 24 Nov 2026 12:00:00 +0000");
  EXPECT_NE(signature.find("t=1795435200;"), std::string::npos) << signature;
  EXPECT_NE(signature.find("x=1795694400;"), std::string::npos)
      << signature << ": two days from the due time";
  EXPECT_TRUE(keeper_->carries("s1:shop.example"));

  tick(23h + 59min);
  EXPECT_EQ(keeper_->work(), 0u);
  EXPECT_EQ(waits_for(), "send-at");
  tick(2min);
  EXPECT_EQ(keeper_->work(), 1u);
  EXPECT_EQ(queue_.released, Ids{"Q1"});
  EXPECT_FALSE(keeper_->carries("s1:shop.example"));
}

TEST_F(SendAtTest, ItsTimeOutlivesTheDaemonAndTheLimitOfHolding) {
  EXPECT_EQ(at({"2026-12-20T12:00:00Z"}).verdict.action, Action::hold);
  open();
  EXPECT_TRUE(keeper_->carries("s1:shop.example"));
  tick(24h * 27 + 1s);
  EXPECT_EQ(keeper_->work(), 1u);
  EXPECT_EQ(queue_.released, Ids{"Q1"});
}

TEST_F(SendAtTest, AboutNowIsNow) {
  EXPECT_EQ(at({"2026-11-23T12:00:09Z"}).verdict.action, Action::accept);
  EXPECT_EQ(at({"2026-11-23T11:56:00Z"}, "Q2").verdict.action, Action::accept);
}

TEST_F(SendAtTest, WhatCannotBeIsRefusedWithTheReason) {
  EXPECT_EQ(refusal({"2026-11-23T11:00:00Z"}), "Signpost-Send-At: 2026-11-23T11:00:00.000Z is in the past");
  EXPECT_EQ(refusal({"2026-12-24T12:00:00Z"}),
            "Signpost-Send-At: 2026-12-24T12:00:00.000Z is more than 30 days ahead");
  EXPECT_EQ(refusal({"tomorrow"}),
            "Signpost-Send-At: 'tomorrow' is not a time with its zone, such as 2026-12-01T09:00:00+01:00");
  EXPECT_EQ(refusal({"2026-11-24T12:00:00Z", "2026-11-25T12:00:00Z"}),
            "Signpost-Send-At: the field is there twice");
  services_.holds = nullptr;
  EXPECT_EQ(refusal({"2026-11-24T12:00:00Z"}),
            "Signpost-Send-At: mail cannot be sent later here (hold.socket is not set)");
  EXPECT_EQ(held(), Ids{});
}

TEST_F(SendAtTest, MailWhoseReportsWouldNotBeBelievedIsRefused) {
  use(kConfig +
      "[feedback]\nkey_file = \"/keys/ring\"\nbounce_domain = \"bounce.example.com\"\nexpires = \"10d\"\n");
  EXPECT_EQ(at({"2026-11-25T12:00:00Z"}).verdict.action, Action::hold);
  EXPECT_NE(refusal({"2026-11-28T12:00:00Z"}).find("feedback.expires"), std::string::npos);
}

}  // namespace
}  // namespace signpost::daemon::upkeep
