// Whose mail, through a whole session: each flow of tests/data/origin, mail that passes twice, and what is given back
// of mail that turns out not to be ours. The rule itself is tested in tests/policy/origin_test.cc.
#include "milter/origin.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "mail/identity_seal.h"
#include "tests/milter/origin_scene.h"
#include "tests/support/configured.h"
#include "tests/support/flows.h"

namespace signpost::milter {
namespace {

constexpr const char* kId = "01JDC0000000000000000000AB";

class OriginTest : public OriginScene {};

/// Each flow as a session: the log names what the rule said, and only the site's own mail is signed and charged.
TEST_F(OriginTest, OfEachFlow) {
  for (const char* file : {"postfix.flows", "sendmail.flows"}) {
    for (const tests::FlowText& flow : tests::read_flow_texts(file)) {
      SCOPED_TRACE(std::string(file) + ": " + flow.name);
      buckets_.retain({}, clock_.steady());
      Mail mail;
      mail.from = at(flow.words.contains("hop")       ? "192.0.2.200"
                     : flow.words.contains("trusted") ? "192.0.2.7"
                                                      : "198.51.100.7");
      if (flow.word("way") == "loopback") mail.from = at("127.0.0.1");
      if (flow.word("way") == "pickup") mail.from = pickup();
      mail.login = flow.word("login");
      mail.sender = "<" + flow.word("sender") + ">";
      const std::size_t recipients =
          flow.words.contains("recipients") ? std::stoul(flow.word("recipients")) : 1;
      mail.recipients.clear();
      for (std::size_t i = 0; i < recipients; ++i)
        mail.recipients.push_back("<r" + std::to_string(i) + "@example.org>");
      mail.message = mail::parse_message(flow.header + "\r\ntext\r\n");
      if (flow.words.contains("seal")) {
        mail::Identity identity;
        identity.origin = flow.word("seal") == "ours" ? mail::Origin::login : mail::Origin::foreign;
        identity.tenant = flow.word("seal") == "ours" ? "shop" : "";
        identity.id = kId;
        identity.expires = clock_.wall() + std::chrono::hours(1);
        auto seal = snapshots_.get()->identity_sealer->seal(
            identity, mail::bind_seal(mail.message.fields, mail.sender));
        mail.message.fields.insert(mail.message.fields.begin(), {mail::kSealField, *seal});
      }
      send(mail);
      ASSERT_EQ(log("stage"), "message");
      EXPECT_EQ(log("origin") + " " + log("origin_by"), flow.expected);
      const bool ours = log("origin") != "foreign" && log("origin") != "reinjected";
      EXPECT_EQ(log("tenant") != "-", ours);
      if (!ours) {
        EXPECT_FALSE(is_signed());
        EXPECT_EQ(log("action"), "pass");
        EXPECT_EQ(used(), 0u) << "nothing is charged for it";
      }
    }
  }
}

TEST_F(OriginTest, WhatCameBackIsNotChargedNorChanged) {
  for (const Session::Connection& from : {pickup(), at("127.0.0.1")}) {
    send({from, "", "<orders@shop.example>", {"<ann@example.org>"}, {}, forged()});
    EXPECT_EQ(heard_, std::vector<Action>{Action::accept});
    EXPECT_EQ(outcome_.verdict.action, Action::pass);
    EXPECT_TRUE(outcome_.edits.empty());
    EXPECT_EQ(log("reason"), "reinjected");
    EXPECT_EQ(used(), 0u);
  }
  EXPECT_EQ(counters_.reinjected, 2u);
  EXPECT_EQ(counters_.reinjected_own, 2u) << "its author is the shop's";
}

TEST_F(OriginTest, ARecipientDroppedTooEarlyIsKeptWhenTheMailIsNotOurs) {
  policy::Listing listing;
  listing.address = "ann@example.org";
  suppressions_.add(listing);
  send({pickup(), "", "<orders@shop.example>", {"<ann@example.org>"}, {}, forged()});
  EXPECT_EQ(outcome_.verdict.action, Action::pass);
  EXPECT_TRUE(outcome_.edits.empty()) << "a stranger's mail keeps its recipients";
  send({pickup(), "", "<orders@shop.example>", {"<ann@example.org>"}, {}, order()});
  EXPECT_EQ(outcome_.verdict.action, Action::refuse);
}

TEST_F(OriginTest, ALoginWithoutASenderIsJudgedLikeAnyOther) {
  policy::Listing listing;
  listing.address = "bob@example.org";
  suppressions_.add(listing);
  Mail mail{at("198.51.100.7"), "shop", "<>", {}, {}, order()};
  for (int i = 0; i < 5; ++i) mail.recipients.push_back("<r" + std::to_string(i) + "@example.org>");
  mail.recipients.push_back("<bob@example.org>");
  send(mail);
  EXPECT_EQ(std::count(heard_.begin(), heard_.end(), Action::accept), 3);
  EXPECT_EQ(heard_.back(), Action::refuse);
  mail.message.fields[2].value = " ceo@other.example";
  buckets_.retain({}, clock_.steady());
  send(mail);
  EXPECT_EQ(outcome_.verdict.reason, policy::Why::from_not_allowed);
}

TEST_F(OriginTest, ASealTellsTheNextHopAtRcptAlready) {
  snapshots_.set(tests::configured(std::string(kConfig) +
                                   "[[limit]]\nname = \"by-login\"\nkey = [\"login\"]\nrate = "
                                   "[\"1/h\"]\n"));
  Mail first{at("198.51.100.7", "signpost-submit"),
             "SHOP",
             "<orders@shop.example>",
             {"<ann@example.org>"},
             {"ENVID=client-id"},
             order()};
  send(first);
  ASSERT_TRUE(is_signed());
  ASSERT_TRUE(has_edit("Signpost-Seal"));
  EXPECT_EQ(used(), 0u) << "role submit charges nothing";
  EXPECT_EQ(counters_.charged_logins, 0u);

  Mail second = handed_on(first, at("127.0.0.1", "signpost-egress"));
  ASSERT_TRUE(second.parameters.at(0).starts_with("ENVID="));
  send(second);
  EXPECT_EQ(log("origin"), "sealed");
  EXPECT_EQ(log("login"), "SHOP");
  EXPECT_EQ(log("tenant"), "shop");
  EXPECT_EQ(used(), 1u);
  EXPECT_FALSE(has_edit("Signpost-Seal"));
  const auto left = mail::apply_edits(second.message, outcome_.edits);
  EXPECT_EQ(mail::count_fields(left->fields, "Signpost-Seal"), 0u) << "it is taken off where mail leaves";
  ASSERT_NE(sender_edit(), nullptr);
  EXPECT_EQ(sender_edit()->parameters, "ENVID=client-id") << "the client's own is put back";
  EXPECT_EQ(log("dkim_kept"), "s1:shop.example");
  EXPECT_EQ(counters_.charged_logins, 1u);
  EXPECT_EQ(counters_.sealed_at_egress, 1u);
  EXPECT_EQ(counters_.nameless_at_egress + counters_.charged_without_role, 0u);

  send(second);
  EXPECT_EQ(heard_, std::vector<Action>{Action::defer}) << "the limit by login is full, as RCPT hears";
  EXPECT_EQ(counters_.seals_refused, 0u);
}

TEST_F(OriginTest, ASealAloneTellsAtTheEndOfTheHeader) {
  Mail first{at("198.51.100.7", "signpost-submit"),
             "shop",
             "<orders@shop.example>",
             {"<ann@example.org>"},
             {},
             order()};
  send(first);
  const Mail left = handed_on(first, pickup());
  for (const Session::Connection& from : {pickup("signpost-egress"), at("127.0.0.1", "signpost-egress"),
                                          at("192.0.2.200", "signpost-egress")}) {
    Mail second = left;
    second.from = from;
    second.parameters.clear();
    buckets_.retain({}, clock_.steady());
    send(second);
    EXPECT_EQ(log("origin"), "sealed");
    EXPECT_EQ(log("login"), "shop");
    EXPECT_EQ(used(), 1u);
  }
}

TEST_F(OriginTest, ASealFromOutsideIsNotBelieved) {
  Mail first{at("198.51.100.7", "signpost-submit"),
             "shop",
             "<orders@shop.example>",
             {"<ann@example.org>"},
             {},
             order()};
  send(first);
  Mail replayed = handed_on(first, at("203.0.113.9"));
  send(replayed);
  EXPECT_EQ(log("origin"), "foreign");
  EXPECT_EQ(log("action"), "pass");
  EXPECT_EQ(counters_.seals_refused, 1u);
  EXPECT_TRUE(has_edit("Signpost-Seal")) << "it gets one that says foreign";
  const auto passed = mail::apply_edits(replayed.message, outcome_.edits);
  ASSERT_EQ(mail::count_fields(passed->fields, "Signpost-Seal"), 1u) << "in place of the one it had";

  // The hole of every header rule: the port strips Received, and a pipe filter hands it back.
  Mail back{pickup(), "", replayed.sender, replayed.recipients, {}, *passed};
  send(back);
  EXPECT_EQ(log("origin") + " " + log("origin_by"), "foreign seal-foreign");
  EXPECT_FALSE(is_signed());

  // On another message, by another sender or with a field changed, a seal proves that the mail is not new.
  Mail stolen = back;
  stolen.message = handed_on(first, pickup()).message;
  stolen.message.fields = {{"Signpost-Seal", mail::find_field(passed->fields, "Signpost-Seal")->value},
                           {"Message-ID", " <2@shop.example>"},
                           {"From", " orders@shop.example"}};
  send(stolen);
  EXPECT_EQ(log("origin") + " " + log("origin_by"), "reinjected seal-broken");
}

TEST_F(OriginTest, AStrangerIsRefusedWhereMailIsSubmitted) {
  send({at("203.0.113.9", "signpost-submit"), "", "<ceo@shop.example>", {"<ann@example.org>"}, {}, order()});
  EXPECT_EQ(heard_, std::vector<Action>{Action::refuse});
  EXPECT_EQ(counters_.strangers_submissions, 1u);
  send({at("203.0.113.9", "signpost-submit"), "", "<>", {"<ann@example.org>"}, {}, order()});
  EXPECT_EQ(heard_, std::vector<Action>{Action::defer}) << "a report is not answered 5xx";
}

TEST_F(OriginTest, AFilterThatHandsMailBackIsNotChargedAgain) {
  Mail first{at("198.51.100.7"),
             "shop",
             "<orders@shop.example>",
             {"<a@example.org>", "<b@example.org>"},
             {},
             order()};
  auto plain = tests::configured(kConfig);
  plain->milter.seals_all = false;
  snapshots_.set(plain);
  send(first);
  EXPECT_EQ(used(), 2u);
  EXPECT_FALSE(has_edit("Signpost-Seal"));
  Mail second = handed_on(first, pickup());
  second.message.fields.insert(
      second.message.fields.begin(),
      {"Received",
       " from c (c.example [198.51.100.7])\n\tby mx.example (Postfix) with ESMTPA id "
       "A; date"});
  send(second);
  EXPECT_EQ(log("origin_by"), "passed-before");
  EXPECT_EQ(outcome_.verdict.action, Action::accept);
  EXPECT_EQ(used(), 2u) << "charged once";
  send(second);
  EXPECT_EQ(outcome_.verdict.action, Action::defer) << "a copy of it pays, and the limit is full";
  second.from = at("127.0.0.1");
  send(second);
  EXPECT_EQ(heard_, (std::vector<Action>{Action::accept, Action::accept}))
      << "told at the end, since it may be theirs";
  EXPECT_EQ(outcome_.verdict.action, Action::defer);
}

TEST_F(OriginTest, CountsTheRecipientsOfOurOwnMailOnceByProvider) {
  using Name = SentCounts::Name;
  const std::uint32_t shop = policy::tenant_id("shop");
  policy::Listing dead;
  dead.address = "dead@gmail.com";
  dead.reason = policy::Reason::hard_bounce;
  suppressions_.add(dead);
  Mail mail;
  mail.from = at("198.51.100.7", "signpost-submit");
  mail.login = "shop";
  mail.recipients = {"<ann@gmail.com>", "<Bob@GMail.com>", "<dead@gmail.com>", "<eve@corp.example>"};
  mail.message = order();
  send(mail);
  EXPECT_EQ(counters_.sent.take(), (SentCounts::Counts{{Name{shop, "transactional", "google"}, 2},
                                                       {Name{shop, "transactional", "other"}, 1}}));
  EXPECT_TRUE(counters_.sent.take().empty()) << "taken";
  send(handed_on(mail, at("127.0.0.1", "signpost-egress")));
  EXPECT_EQ(log("origin"), "sealed");
  EXPECT_EQ(outcome_.verdict.action, Action::accept);
  EXPECT_TRUE(counters_.sent.take().empty()) << "the hop before counted it";
  mail.from = at("198.51.100.7");
  mail.recipients = {"<ann@gmail.com>"};
  for (int i = 0; i < 3; ++i) send(mail);
  EXPECT_EQ(heard_, std::vector<Action>{Action::defer}) << "a limit of 3/h";
  counters_.sent.take();
  send(mail);
  EXPECT_TRUE(counters_.sent.take().empty()) << "refused";
  Mail report;
  report.from = pickup();
  report.sender = "<>";
  report.message = order();
  send(report);
  EXPECT_TRUE(counters_.sent.take().empty()) << "nobody's";
  Mail stranger;
  stranger.from = at("198.51.100.7");
  stranger.message = forged();
  send(stranger);
  EXPECT_TRUE(counters_.sent.take().empty()) << "not ours";
}

TEST_F(OriginTest, WhatNeverFitsIsRefusedAndDoesNotWaitForEver) {
  Mail mail{pickup(), "", "orders@shop.example", {}, {}, order()};
  for (int i = 0; i < 4; ++i) mail.recipients.push_back("r" + std::to_string(i) + "@example.org");
  send(mail);
  EXPECT_EQ(outcome_.verdict.action, Action::refuse) << "four recipients under 3/h";
  EXPECT_EQ(log("rule"), "tenant-hour");
  EXPECT_EQ(used(), 0u);
  mail.recipients.pop_back();
  send(mail);
  EXPECT_EQ(outcome_.verdict.action, Action::accept);
  mail.message.fields[0].value = " <2@shop.example>";
  send(mail);
  EXPECT_EQ(outcome_.verdict.action, Action::defer) << "waiting helps";
}

TEST_F(OriginTest, AReportOfTheMtaIsNeverRefused) {
  auto strict = tests::configured(kConfig);
  strict->milter.unsigned_mail.strict = true;
  snapshots_.set(strict);
  policy::Listing listing;
  listing.address = "ann@example.org";
  suppressions_.add(listing);
  mail::Message report{{{"From", " MAILER-DAEMON@mx.example (Mail Delivery System)"},
                        {"Auto-Submitted", " auto-replied"},
                        {"Content-Type", " multipart/report; report-type=delivery-status; boundary=x"}},
                       "--x--\r\n"};
  send({pickup(), "", "", {"ann@example.org"}, {}, report});
  EXPECT_EQ(log("origin"), "own-dsn");
  EXPECT_EQ(outcome_.verdict.action, Action::accept);
  EXPECT_EQ(log("dropped"), "0");
  EXPECT_EQ(used(), 0u);
  strict->policy.report_limit.rates = {{1, std::chrono::hours(1)}};
  snapshots_.set(strict);
  send({pickup(), "", "", {"ann@example.org"}, {}, report});
  EXPECT_EQ(outcome_.verdict.action, Action::defer)
      << "anybody can imitate one: they have a limit of their own";
  EXPECT_EQ(log("rule"), "reports");
  for (const char* other :
       {" multipart/report; boundary=x", " multipart/reportx; report-type=delivery-status"}) {
    report.fields.back().value = other;
    send({pickup(), "", "", {"ann@example.org"}, {}, report});
    EXPECT_EQ(log("origin"), "made-here") << other;
  }
  report.fields.pop_back();
  send({pickup(), "", "", {"ann@example.org"}, {}, report});
  EXPECT_EQ(log("origin"), "made-here") << "sendmail -f <> is not a report";
  EXPECT_EQ(outcome_.verdict.action, Action::refuse);
}

/// The worked site of docs/tenants.md is a configuration, and its table is what a session says.
TEST_F(OriginTest, TheSiteInTheDocumentsIsAsItTells) {
  std::ifstream file(tests::source_dir() + "/docs/tenants.md");
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::size_t begin = page.find("```toml\n") + 8;
  snapshots_.set(tests::configured(page.substr(begin, page.find("```", begin) - begin)));
  const struct {
    Session::Connection from;
    const char* login;
    const char* sender;
    const char* author;
    const char* expected;
  } kRows[] = {
      {at("127.0.0.1"), "", "<orders@shop.example>", "orders@shop.example", "made-here shop accept"},
      {pickup(), "", "www@shop.example", "www@shop.example", "made-here shop accept"},
      {pickup(), "", "boss@acme.example", "boss@acme.example", "made-here default refuse"},
      {at("203.0.113.7"), "Ann@ACME.example", "<ann@acme.example>", "ann@acme.example", "login acme accept"},
      {at("203.0.113.7"), "Ann@ACME.example", "<>", "ann@acme.example", "login acme accept"},
      {at("203.0.113.7"), "Ann@ACME.example", "<>", "x@shop.example", "login acme refuse"},
      {at("203.0.113.7"), "post-api", "<robot@acme.example>", "robot@acme.example", "login post accept"},
      {at("203.0.113.9"), "", "<ceo@acme.example>", "ceo@acme.example", "foreign - pass"},
      {pickup(), "", "root@mx.example", "root@mx.example", "made-here default accept"},
  };
  for (const auto& row : kRows) {
    Mail mail{row.from, row.login, row.sender, {"<ann@example.org>"}, {}, order()};
    mail.message.fields[2].value = std::string(" ") + row.author;
    send(mail);
    EXPECT_EQ(log("origin") + " " + log("tenant") + " " + log("action"), row.expected)
        << row.sender << " " << row.login;
  }
}

}  // namespace
}  // namespace signpost::milter
