// Return paths at both ends: the sender with which mail leaves, and what is taken in where it comes back.
#include "milter/returned.h"

#include <gtest/gtest.h>

#include "milter/session.h"
#include "policy/limits/buckets.h"
#include "tests/support/configured.h"
#include "tests/support/returned_twin.h"
#include "tests/support/twins.h"
#include "track/token.h"

namespace signpost::milter {
namespace {

using policy::Action;
using policy::Why;

const std::string kConfig = R"([[tenant]]
name    = "shop"
logins  = ["shop"]
sender_domains = ["shop.example"]
stream  = "bulk"
streams = ["bulk", "transactional"]

[[tenant]]
name    = "club"
logins  = ["club"]
stream  = "bulk"
bounce_domain = "bounce.club.example"

[feedback]
key_file = "/keys/ring"
bounce_domain = "bounce.example.com"
)";

class ReturnsTest : public testing::Test {
 protected:
  Services services() {
    Services all{snapshots_, overrides_, suppressions_, buckets_, events_, clock_, counters_};
    all.returned = &returned_;
    return all;
  }
  struct Mail {
    std::string sender = "<news@shop.example>";
    std::vector<std::string> recipients = {"<bob@example.net>"};
    std::string login = "shop";
    std::string port = "";
    std::string stream = "";
    std::vector<std::pair<std::string, std::string>> fields = {};
  };
  /// The outcome at end of message; the session is over then.
  Outcome send(const Mail& mail) {
    Session session(services());
    session.connect({base::parse_ip("192.0.2.7").value(), "client.example", 4711, mail.port});
    session.mail({mail.sender, {}, mail.login, "Q1"});
    for (const std::string& recipient : mail.recipients)
      EXPECT_EQ(session.rcpt(recipient, "Q1").action, Action::accept) << recipient;
    session.header("From", " News <news@shop.example>");
    session.header("Message-ID", " <1@shop.example>");
    session.header("Date", " Mon, 23 Nov 2026 12:00:00 +0000");
    for (const auto& [name, value] : mail.fields) session.header(name, value);
    if (!mail.stream.empty()) session.header("Signpost-Stream", " " + mail.stream);
    session.end_of_headers();
    session.body("one\r\n");
    session.body("two\r\n");
    Outcome outcome = session.end_of_message("Q1");
    session.finish(true);
    return outcome;
  }
  /// The sender that the MTA is told; empty if none.
  static std::string sender_of(const Outcome& outcome) {
    for (const mail::Edit& edit : outcome.edits) {
      if (const auto* sender = std::get_if<mail::ChangeSender>(&edit)) return sender->sender;
    }
    return {};
  }
  /// The value of a field that was added; empty if none was.
  static std::string added(const Outcome& outcome, const char* name) {
    for (const mail::Edit& edit : outcome.edits) {
      const auto* field = std::get_if<mail::AppendField>(&edit);
      if (field != nullptr && field->name == name) return field->value;
    }
    return {};
  }
  static std::string id_of(const Outcome& outcome) { return added(outcome, "Signpost-Id"); }
  feedback::ReturnPath opened(const std::string& sender) {
    const auto path =
        snapshots_.get()->return_paths->parse_return_path(sender.substr(1, sender.find('@') - 1));
    EXPECT_TRUE(path) << sender;
    return path.value_or(feedback::ReturnPath{});
  }
  bool is_for(const std::string& sender, const char* recipient) {
    return snapshots_.get()->return_paths->is_for(opened(sender), recipient);
  }

  tests::HandClock clock_;
  tests::RecordingSink events_;
  tests::MemorySuppressions suppressions_;
  policy::limits::Buckets buckets_;
  Counters counters_;
  OverridesHolder overrides_;
  tests::ReturnedTwin returned_;
  SnapshotHolder snapshots_{tests::configured(kConfig)};
};

TEST_F(ReturnsTest, AMessageLeavesWithAReturnPathThatNamesItsRecipient) {
  const std::string sender = sender_of(send({}));
  ASSERT_TRUE(sender.ends_with("@bounce.example.com>")) << sender;
  EXPECT_TRUE(is_for(sender, "bob@example.net"));
  EXPECT_EQ(opened(sender).tenant, policy::tenant_id("shop"));
  EXPECT_EQ(opened(sender).stream, track::stream_code("bulk"));
  EXPECT_NE(events_.lines().back().find("return_path=<b+"), std::string::npos);
}

TEST_F(ReturnsTest, TheIdNamesTheSenderWhoseBouncesAreForwarded) {
  EXPECT_EQ(snapshots_.get()->sealed_ids->parse_sealed_id(id_of(send({})))->sender, "");
  snapshots_.set(tests::configured(kConfig + "forward = [\"bulk\"]\n"));
  const auto id = snapshots_.get()->sealed_ids->parse_sealed_id(id_of(send({})));
  ASSERT_TRUE(id);
  EXPECT_EQ(id->sender, "news@shop.example");
  EXPECT_EQ(id->recipient, "bob@example.net");
}

TEST_F(ReturnsTest, WhatIsForwardedGetsItsRecipientAndTheNullSender) {
  returned_.forward_to = "ann@shop.example";
  const Outcome outcome = send(
      {.sender = "<>", .recipients = {"<b+x@bounce.example.com>"}, .login = "", .port = "signpost-inbound"});
  EXPECT_EQ(outcome.verdict.action, Action::pass);
  const std::vector<mail::Edit> expected = {mail::DeleteRecipient{"<b+x@bounce.example.com>"},
                                            mail::AddRecipient{"<ann@shop.example>"},
                                            mail::ChangeSender{"<>", {}}};
  EXPECT_EQ(outcome.edits, expected);
  EXPECT_TRUE(returned_.taken.back().can_be_forwarded);
}

TEST_F(ReturnsTest, WithItGoesAnIdThatASignatureCovers) {
  snapshots_.set(tests::configured(
      kConfig + "[[dkim.key]]\ndomain = \"shop.example\"\nselector = \"s1\"\nfile = \"/keys/s1.pem\"\n"));
  const Outcome outcome = send({});
  const auto id = snapshots_.get()->sealed_ids->parse_sealed_id(id_of(outcome));
  ASSERT_TRUE(id);
  EXPECT_EQ(id->tenant, policy::tenant_id("shop"));
  EXPECT_EQ(id->recipient, "bob@example.net");
  const auto* signature = std::get_if<mail::InsertField>(&outcome.edits.back());
  for (const mail::Edit& edit : outcome.edits) {
    const auto* field = std::get_if<mail::InsertField>(&edit);
    if (field != nullptr && field->name == "DKIM-Signature") signature = field;
  }
  ASSERT_NE(signature, nullptr);
  EXPECT_NE(signature->value.find("signpost-id"), std::string::npos) << signature->value;
  EXPECT_EQ(id_of(send({.stream = "transactional"})), "");
}

TEST_F(ReturnsTest, ComplaintsAreOfferedWhereReceiversMayTakeThem) {
  const std::string key =
      "[[dkim.key]]\ndomain = \"shop.example\"\nselector = \"s1\"\nfile = \"/keys/s1.pem\"\n";
  std::string below = kConfig;
  below.replace(below.find("bounce.example.com"), 18, "bounce.shop.example");
  snapshots_.set(tests::configured(below + key));
  const Outcome aligned = send({});
  EXPECT_EQ(added(aligned, "CFBL-Address"), " fbl@bounce.shop.example; report=arf");
  EXPECT_EQ(added(aligned, "CFBL-Feedback-ID"), id_of(aligned));
  EXPECT_EQ(added(send({.stream = "transactional"}), "CFBL-Address"), "");
  for (const char* own : {"CFBL-Address", "CFBL-Feedback-ID"})
    EXPECT_EQ(added(send({.fields = {{own, " me@shop.example"}}}), "CFBL-Address"), "") << own;
  snapshots_.set(tests::configured(below));
  EXPECT_EQ(added(send({}), "CFBL-Address"), "") << "not signed";
  snapshots_.set(tests::configured(below + "cfbl = false\n" + key));
  EXPECT_EQ(added(send({}), "CFBL-Address"), "");
  snapshots_.set(tests::configured(kConfig + key));
  EXPECT_EQ(added(send({}), "CFBL-Address"), "") << "the bounce domain is another one";
}

TEST_F(ReturnsTest, AFeedbackIdNamesCampaignTenantStreamAndSite) {
  snapshots_.set(tests::configured(kConfig + "sender_id = \"shop4711\"\n"));
  EXPECT_EQ(added(send({.fields = {{"Signpost-Campaign", " november: 1"}}}), "Feedback-ID"),
            " november__1:shop:bulk:shop4711");
  EXPECT_EQ(added(send({}), "Feedback-ID"), " :shop:bulk:shop4711");
  EXPECT_EQ(added(send({.fields = {{"Feedback-ID", " a:b:c:mine1"}}}), "Feedback-ID"), "");
  snapshots_.set(tests::configured(kConfig));
  EXPECT_EQ(added(send({}), "Feedback-ID"), "");
}

TEST_F(ReturnsTest, AMessageThatDoesNotLeaveHasNone) {
  snapshots_.set(tests::configured(kConfig + "[dkim]\nunsigned = \"refuse\"\n"));
  EXPECT_EQ(send({}).verdict.action, Action::refuse) << "no key signs for it";
  EXPECT_EQ(events_.lines().back().find("return_path="), std::string::npos) << events_.lines().back();
}

TEST_F(ReturnsTest, SeveralRecipientsShareOneThatNamesNobody) {
  const std::string sender = sender_of(send({.recipients = {"<bob@example.net>", "<ann@example.net>"}}));
  EXPECT_TRUE(opened(sender).is_shared());
}

TEST_F(ReturnsTest, ATenantMayHaveADomainOfItsOwn) {
  EXPECT_TRUE(
      sender_of(send({.sender = "<news@club.example>", .login = "club"})).ends_with("@bounce.club.example>"));
}

TEST_F(ReturnsTest, OtherMailKeepsItsSender) {
  EXPECT_EQ(sender_of(send({.stream = "transactional"})), "");
  EXPECT_EQ(sender_of(send({.sender = "<>"})), "");
  EXPECT_EQ(sender_of(send({.login = ""})), "") << "a stranger's";
  EXPECT_EQ(sender_of(send({.sender = "<prvs=1234news@shop.example>"})), "");
  EXPECT_EQ(sender_of(send({.sender = "<list-bounces+bob=example.net@shop.example>"})), "");
  EXPECT_EQ(sender_of(send({.port = "signpost-egress"})), "");
  auto observing = tests::configured(kConfig + "[milter]\nmode = \"observe\"\n");
  snapshots_.set(observing);
  EXPECT_EQ(sender_of(send({})), "");
}

TEST_F(ReturnsTest, MailThatAFilterHandsBackKeepsTheOneItHas) {
  const std::string sender = sender_of(send({}));
  EXPECT_EQ(sender_of(send({.sender = sender})), "");
  EXPECT_EQ(events_.lines().back().find("sender-not-allowed"), std::string::npos) << events_.lines().back();
  Session session(services());
  session.connect({base::parse_ip("192.0.2.7").value(), "client.example", 4711, ""});
  session.mail({sender, {}, "club", "Q1"});
  EXPECT_EQ(session.rcpt("<bob@example.net>", "Q1").action, Action::accept) << "club is bound to no domains";
}

TEST_F(ReturnsTest, WhatComesBackIsTakenInWhole) {
  const std::string sender = sender_of(send({}));
  const Outcome outcome =
      send({.sender = "<>", .recipients = {sender}, .login = "", .port = "signpost-inbound"});
  EXPECT_EQ(outcome.verdict.action, Action::discard);
  EXPECT_EQ(outcome.verdict.reason, Why::feedback);
  ASSERT_EQ(returned_.taken.size(), 1u);
  const ReturnedMail& mail = returned_.taken[0];
  EXPECT_EQ(mail.local_parts, std::vector<std::string>{sender.substr(1, sender.find('@') - 1)});
  EXPECT_TRUE(mail.raw.starts_with("Return-Path: <>\r\n")) << mail.raw;
  EXPECT_NE(mail.raw.find("Message-ID: <1@shop.example>\r\n"), std::string::npos) << mail.raw;
  EXPECT_TRUE(mail.raw.ends_with("\r\n\r\none\r\ntwo\r\n")) << mail.raw;
}

TEST_F(ReturnsTest, EveryLocalPartAtABounceDomainIsTakenIn) {
  for (const char* recipient :
       {"<b+\xC2\xADx@bounce.example.com>", "<\"a b\"@Bounce.Example.COM>", "<@bounce.example.com>"}) {
    const Outcome outcome =
        send({.sender = "<>", .recipients = {recipient}, .login = "", .port = "signpost-inbound"});
    EXPECT_EQ(outcome.verdict.action, Action::discard) << recipient;
  }
  snapshots_.set(tests::configured(kConfig + "[milter]\nmode = \"observe\"\n"));
  EXPECT_EQ(send({.sender = "<>",
                  .recipients = {"<b+x@bounce.example.com>"},
                  .login = "",
                  .port = "signpost-inbound"})
                .verdict.action,
            Action::discard)
      << "what passes would come again";
}

TEST_F(ReturnsTest, ItWaitsWhileItCannotBeTaken) {
  const Mail report{
      .sender = "<>", .recipients = {"<b+x@bounce.example.com>"}, .login = "", .port = "signpost-inbound"};
  returned_.fails = true;
  EXPECT_EQ(send(report).verdict.reply.code, 451);
  returned_.fails = false;
  counters_.store_closed = true;
  EXPECT_EQ(send(report).verdict.reply.code, 451);
  counters_.store_closed = false;
  EXPECT_EQ(send(report).verdict.action, Action::discard);
}

TEST_F(ReturnsTest, PeopleAtTheBounceDomainGetTheirMail) {
  const Outcome outcome = send(
      {.sender = "<ann@example.net>",
       .recipients = {"<Postmaster@bounce.example.com>", "<b+x@bounce.example.com>", "<ann@shop.example>"},
       .login = "",
       .port = "signpost-inbound"});
  EXPECT_EQ(outcome.verdict.action, Action::pass);
  ASSERT_EQ(returned_.taken.size(), 1u);
  std::vector<std::string> removed;
  for (const mail::Edit& edit : outcome.edits) {
    if (const auto* one = std::get_if<mail::DeleteRecipient>(&edit)) removed.push_back(one->given);
  }
  EXPECT_EQ(removed, std::vector<std::string>{"<b+x@bounce.example.com>"});
}

TEST_F(ReturnsTest, OnOtherPortsNothingIsTakenIn) {
  for (const char* port : {"", "signpost-egress"}) {
    const Outcome outcome =
        send({.sender = "<>", .recipients = {"<b+x@bounce.example.com>"}, .login = "", .port = port});
    EXPECT_EQ(outcome.verdict.action, Action::pass) << port;
  }
  EXPECT_TRUE(returned_.taken.empty());
}

TEST_F(ReturnsTest, OfALargeMessageTheBeginningIsKept) {
  Session session(services());
  session.connect({base::parse_ip("192.0.2.7").value(), "client.example", 4711, "signpost-inbound"});
  session.mail({"<>", {}, "", "Q1"});
  session.rcpt("<b+x@bounce.example.com>", "Q1");
  session.header("From", " MAILER-DAEMON");
  session.end_of_headers();
  const std::string chunk(64 << 10, 'x');
  for (int i = 0; i < 320; ++i) session.body(chunk);
  EXPECT_LE(counters_.held_bytes, 2 * ReturnedBytes::kMax);
  EXPECT_EQ(session.end_of_message("Q1").verdict.action, Action::discard);
  session.finish(true);
  EXPECT_EQ(returned_.taken.at(0).raw.size(), ReturnedBytes::kMax);
  EXPECT_EQ(counters_.held_bytes, 0u);
}

}  // namespace
}  // namespace signpost::milter
