// What happens between two protocol steps: settings pinned at MAIL, failures without an answer, memory
// bounds, limits given back. What an MTA sees of ordinary mail is told by tests/dialogues.
#include "milter/session.h"

#include <gtest/gtest.h>

#include "mail/edit.h"
#include "mail/transfer.h"
#include "milter/held/campaign_samples.h"
#include "policy/limits/buckets.h"
#include "tests/support/configured.h"
#include "tests/support/twins.h"

namespace signpost::milter {
namespace {

using policy::Action;

class SessionTest : public testing::Test {
 protected:
  SessionTest() : snapshots_(snapshot(100)) {}

  static std::shared_ptr<Snapshot> snapshot(std::uint64_t limit) {
    return tests::configured(R"([[tenant]]
name   = "shop"
logins = ["shop"]
stream = "bulk"

[[dkim.key]]
domain   = "shop.example"
selector = "s1"
file     = "/keys/s1.pem"

[tracking]
host     = "click.example.com"
key_file = "/keys/ring"

[[limit]]
name = "hourly"
key  = ["tenant"]
rate = [")" + std::to_string(limit) +
                             "/h\"]\n");
  }

  Services services() {
    return {snapshots_, overrides_, suppressions_, buckets_, events_, clock_, counters_};
  }

  void begin(Session& session) {
    session.connect({base::parse_ip("192.0.2.7").value(), "client.example", 4711, ""});
    session.helo("client.example");
    session.mail({"<news@shop.example>", {"SIZE=1000"}, "shop", ""});
  }
  void send_header(Session& session) {
    session.header("From", " News <news@shop.example>");
    session.header("Subject", " Hello");
    session.header("Content-Type", " text/html; charset=utf-8");
    session.end_of_headers();
  }
  std::string last_line() const { return events_.lines().empty() ? "" : events_.lines().back(); }
  std::uint64_t used() {
    const auto list = buckets_.list("hourly", 10, clock_.steady());
    return list.empty() ? 0 : list.front().used.front();
  }

  tests::HandClock clock_;
  tests::RecordingSink events_;
  tests::MemorySuppressions suppressions_;
  policy::limits::Buckets buckets_;
  Counters counters_;
  OverridesHolder overrides_;
  SnapshotHolder snapshots_;
};

const char kHtml[] = "<p><a href=\"https://shop.example/sale\">Sale</a></p>\r\n";

TEST_F(SessionTest, RewritesSignsAndCommits) {
  Session session(services());
  begin(session);
  EXPECT_EQ(session.rcpt("<ann@example.org>", "Q1").action, Action::accept);
  send_header(session);
  session.body(kHtml);
  const Outcome outcome = session.end_of_message("Q1");
  ASSERT_EQ(outcome.verdict.action, Action::accept);
  ASSERT_TRUE(outcome.body);
  EXPECT_NE(outcome.body->copy().find("https://click.example.com/c/"), std::string::npos);
  session.finish(true);
  EXPECT_EQ(used(), 1u);
  EXPECT_NE(last_line().find("links=1 rewritten=1"), std::string::npos) << last_line();
  EXPECT_NE(last_line().find("dkim=s1:shop.example"), std::string::npos) << last_line();
}

TEST_F(SessionTest, HandsOverTheFirstMessageOfACampaignThatWent) {
  CampaignSamples samples;
  Services all = services();
  all.samples = &samples;
  const auto send = [&](bool applied) {
    Session session(all);
    begin(session);
    session.rcpt("<ann@example.org>", "Q1");
    session.header("Signpost-Campaign", " november");
    send_header(session);
    session.body(kHtml);
    session.end_of_message("Q1");
    session.finish(applied);
  };
  send(false);
  EXPECT_FALSE(samples.take()) << "the MTA did not take it";
  send(true);
  send(true);
  const auto sample = samples.take();
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->tenant, policy::tenant_id("shop"));
  EXPECT_EQ(sample->campaign, "november");
  EXPECT_EQ(sample->recipient, "ann@example.org");
  EXPECT_NE(sample->body.find("https://click.example.com/c/"), std::string::npos);
  EXPECT_FALSE(samples.take()) << "one a campaign";
}

TEST_F(SessionTest, EncodesAPartAgainForLongerLinksUnlessItIsToldNotTo) {
  EXPECT_TRUE(snapshot(100)->track.recode_long_lines);
  const std::string html =
      "<p>" + std::string(900, 'x') + "<a href=\"https://shop.example/sale\">Sale</a>\xC3\xA9</p>\r\n";
  const auto run = [&](bool recode) {
    auto told = snapshot(100);
    told->track.recode_long_lines = recode;
    snapshots_.set(told);
    Session session(services());
    begin(session);
    session.rcpt("<ann@example.org>", "Q1");
    send_header(session);
    session.body(html);
    const Outcome outcome = session.end_of_message("Q1");
    std::vector<mail::Edit> edits = outcome.all_edits();
    EXPECT_EQ(outcome.body.has_value(), recode);
    session.finish(true);
    return edits;
  };
  run(false);
  EXPECT_NE(last_line().find("rewritten=0"), std::string::npos) << last_line();
  EXPECT_NE(last_line().find("unrewritten=line-too-long"), std::string::npos) << last_line();

  const std::vector<mail::Edit> edits = run(true);
  EXPECT_NE(last_line().find("rewritten=1"), std::string::npos) << last_line();
  EXPECT_NE(last_line().find("recoded=1"), std::string::npos) << last_line();
  EXPECT_EQ(last_line().find("fragile="), std::string::npos) << last_line();
  const mail::Message original{{{"From", " News <news@shop.example>"},
                                {"Subject", " Hello"},
                                {"Content-Type", " text/html; charset=utf-8"}},
                               html};
  const auto sent = mail::apply_edits(original, edits);
  ASSERT_TRUE(sent);
  const auto decoded = mail::Decoded::decode(sent->body, mail::Encoding::quoted_printable);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->text().substr(0, 920), html.substr(0, 3 + 900 + 9) + "https://");
  EXPECT_TRUE(decoded->text().ends_with(">Sale</a>\xC3\xA9</p>\r\n"));
  EXPECT_EQ(mail::find_field(sent->fields, "Content-Transfer-Encoding")->value, " quoted-printable");
  EXPECT_EQ(mail::undo_edits(*sent, edits)->body, html);
}

TEST_F(SessionTest, AStepWithoutAnswerThatFailedIsToldAtTheNextAnswer) {
  Session session(services());
  begin(session);
  session.set_failed(true);
  const policy::Verdict verdict = session.rcpt("<ann@example.org>", "Q1");
  EXPECT_EQ(verdict.action, Action::defer);
  EXPECT_EQ(verdict.reply.format(), "451 4.3.0 Temporary failure");
  const Outcome outcome = session.end_of_message("Q1");
  EXPECT_EQ(outcome.verdict.action, Action::defer);
  EXPECT_FALSE(outcome.body);
  session.abort();
  EXPECT_FALSE(session.failed());
}

TEST_F(SessionTest, WhatTheMtaDoesNotTakeIsDeferredAndNotCharged) {
  Session session(services());
  begin(session);
  session.rcpt("<ann@example.org>", "Q1");
  send_header(session);
  session.body(kHtml);
  session.end_of_message("Q1");
  EXPECT_EQ(session.apply_failed("replacebody").action, Action::defer);
  session.finish(false);
  EXPECT_EQ(used(), 0u);
  EXPECT_NE(last_line().find("reason=apply-failed rule=replacebody"), std::string::npos) << last_line();
}

TEST_F(SessionTest, AMessageIsJudgedToItsEndByTheSettingsOfItsMail) {
  Session session(services());
  begin(session);
  snapshots_.set(snapshot(1));
  EXPECT_EQ(session.rcpt("<ann@example.org>", "").action, Action::accept);
  EXPECT_EQ(session.rcpt("<bob@example.org>", "").action, Action::accept);
  session.abort();
  begin(session);
  EXPECT_EQ(session.rcpt("<ann@example.org>", "").action, Action::accept);
  EXPECT_EQ(session.rcpt("<bob@example.org>", "").action, Action::defer);
}

TEST_F(SessionTest, AConnectionThatIsCutGivesBackWhatItReserved) {
  {
    Session session(services());
    begin(session);
    session.rcpt("<ann@example.org>", "Q1");
    send_header(session);
    session.body(kHtml);
    EXPECT_EQ(used(), 1u);
    EXPECT_GT(counters_.held_bytes, 0u);
  }
  EXPECT_EQ(used(), 0u);
  EXPECT_EQ(counters_.held_bytes, 0u);
  EXPECT_EQ(counters_.open_transactions, 0u);
  EXPECT_EQ(counters_.connections_open, 0u);
  EXPECT_NE(last_line().find("reason=aborted"), std::string::npos) << last_line();
}

TEST_F(SessionTest, ABodyAboveTheBoundIsSignedNotRewritten) {
  auto small = snapshot(100);
  small->milter.max_body = 1024;
  snapshots_.set(small);
  Session session(services());
  begin(session);
  session.rcpt("<ann@example.org>", "Q1");
  send_header(session);
  for (int i = 0; i < 100; ++i) session.body(kHtml);
  const Outcome outcome = session.end_of_message("Q1");
  session.finish(true);
  EXPECT_FALSE(outcome.body);
  EXPECT_NE(last_line().find("unrewritten=too-large"), std::string::npos) << last_line();
  EXPECT_NE(last_line().find("dkim=s1:shop.example"), std::string::npos) << last_line();
}

TEST_F(SessionTest, OurOwnFieldsAreTakenOffLastFirst) {
  Session session(services());
  begin(session);
  session.rcpt("<ann@example.org>", "Q1");
  session.header("Signpost-Campaign", " spring");
  session.header("From", " news@shop.example");
  session.header("signpost-campaign", " second");
  session.header("Signpost-Track", " off");
  session.end_of_headers();
  const Outcome outcome = session.end_of_message("Q1");
  ASSERT_GE(outcome.edits.size(), 3u);
  EXPECT_EQ(std::get<mail::RemoveField>(outcome.edits[0]).name, "Signpost-Track");
  EXPECT_EQ(std::get<mail::RemoveField>(outcome.edits[1]).nth, 2u);
  EXPECT_EQ(std::get<mail::RemoveField>(outcome.edits[2]).nth, 1u);
  session.finish(true);
  EXPECT_NE(last_line().find("campaign=spring"), std::string::npos) << last_line();
}

TEST_F(SessionTest, WhileStoppingNewMessagesAreDeferred) {
  Session session(services());
  counters_.draining = true;
  begin(session);
  EXPECT_EQ(session.rcpt("<ann@example.org>", "").reply.format(), "451 4.3.2 Shutting down, try again");
}

TEST_F(SessionTest, WhileTheStoreIsClosedOwnMailIsDeferredAndOthersPasses) {
  counters_.store_closed = true;
  Session own(services());
  begin(own);
  EXPECT_EQ(own.rcpt("<ann@example.org>", "").reply.format(), "451 4.3.0 Temporary failure");
  Session others(services());
  others.connect({base::parse_ip("198.51.100.9").value(), "other.example", 4711, ""});
  others.mail({"<stranger@example.org>", {}, "", ""});
  EXPECT_EQ(others.rcpt("<ann@example.org>", "").action, Action::accept);
  counters_.store_closed = false;
  Session later(services());
  begin(later);
  EXPECT_EQ(later.rcpt("<ann@example.org>", "").action, Action::accept);
}

}  // namespace
}  // namespace signpost::milter
