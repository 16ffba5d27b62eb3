// What is told, and limited, of mail whose origin somebody should look at: logins that nobody names, ports that strip
// traces, proxy filters, and mail that came back.
#include "mail/identity_seal.h"
#include "tests/milter/origin_scene.h"

namespace signpost::milter {
namespace {

class OriginToldTest : public OriginScene {
 protected:
  std::uint64_t in_a_row(const std::string& port) const {
    const auto all = counters_.headless_aborts.all();
    return all.contains(port) ? all.at(port) : 0;
  }
  void recipient_only(const Session::Connection& from, const std::string& login) {
    Session session(services());
    session.connect(from);
    session.mail({"<orders@shop.example>", {}, login, "Q1"});
    session.rcpt("<ann@example.org>", "Q1");
    session.abort();
  }
};

TEST_F(OriginToldTest, LoginsThatNoTenantNames) {
  send({at("203.0.113.7"), "shop", "<orders@shop.example>", {"<ann@example.org>"}, {}, order()});
  EXPECT_EQ(counters_.unknown_logins, 0u);
  send({at("203.0.113.7"), "shopp", "<x@other.example>", {"<ann@example.org>"}, {}, order()});
  EXPECT_EQ(counters_.unknown_logins, 1u);
}

TEST_F(OriginToldTest, NoLoginIsUnknownWhereNoneIsNamed) {
  snapshots_.set(tests::configured("[[tenant]]\nname = \"shop\"\nsender_domains = [\"shop.example\"]\n"));
  send({at("203.0.113.7"), "anyone", "<orders@shop.example>", {"<ann@example.org>"}, {}, order()});
  EXPECT_EQ(counters_.unknown_logins, 0u);
}

TEST_F(OriginToldTest, APortThatStripsReceived) {
  const Mail stranger{at("203.0.113.9"), "", "<ceo@shop.example>", {"<ann@example.org>"}, {}, order()};
  send(stranger);
  const Mail back = handed_on(stranger, pickup());
  send({pickup(), "", "ceo@shop.example", {"ann@example.org"}, {}, back.message});
  EXPECT_EQ(log("origin_by"), "seal-foreign");
  EXPECT_EQ(counters_.stripped_traces, 1u);
}

TEST_F(OriginToldTest, APortInFrontOfAProxyFilter) {
  for (int i = 0; i < 20; ++i) recipient_only(at("203.0.113.7", "signpost-submit"), "shop");
  EXPECT_EQ(in_a_row("signpost-submit"), 20u);
  send({at("203.0.113.7"), "shop", "<orders@shop.example>", {"<ann@example.org>"}, {}, order()});
  EXPECT_EQ(in_a_row("signpost-submit"), 20u) << "another port";
  send({at("203.0.113.7", "signpost-submit"),
        "shop",
        "<orders@shop.example>",
        {"<ann@example.org>"},
        {},
        order()});
  EXPECT_EQ(in_a_row("signpost-submit"), 0u);
}

/// What a stranger asks for at port 25 says nothing of a filter.
TEST_F(OriginToldTest, AStrangersRecipientsAreNotCounted) {
  for (int i = 0; i < 30; ++i) recipient_only(at("203.0.113.9"), "");
  EXPECT_TRUE(counters_.headless_aborts.all().empty());
}

TEST_F(OriginToldTest, WhatCameBackToRoleSubmitIsNoProblemAtEgress) {
  const Mail back{pickup("signpost-submit"), "", "bob@shop.example", {"<ann@example.org>"}, {}, forged()};
  send(back);
  EXPECT_EQ(log("reason"), "reinjected");
  ASSERT_TRUE(has_edit(mail::kSealField));
  Mail next = handed_on(back, at("127.0.0.1", "signpost-egress"));
  next.sender = "<bob@shop.example>";
  send(next);
  EXPECT_EQ(log("origin_by") + " " + log("action"), "seal-foreign pass");
  EXPECT_EQ(counters_.unsealed_at_egress, 0u);
  const auto left = mail::apply_edits(next.message, outcome_.edits);
  ASSERT_TRUE(left);
  EXPECT_EQ(mail::count_fields(left->fields, mail::kSealField), 0u);
}

TEST_F(OriginToldTest, MailThatCameBackHasALimitOfItsOwn) {
  auto limited = tests::configured(kConfig);
  limited->policy.reinjected_limit.rates = {{3, std::chrono::hours(1)}};
  snapshots_.set(limited);
  const Mail back{pickup(), "",      "orders@shop.example", {"<ann@example.org>", "<bob@example.org>"},
                  {},       forged()};
  send(back);
  EXPECT_EQ(outcome_.verdict.action, Action::pass);
  send(back);
  EXPECT_EQ(outcome_.verdict.action, Action::defer);
  EXPECT_EQ(log("rule"), "reinjected");
  EXPECT_EQ(log("reason"), "limit");
  clock_.tick(std::chrono::hours(3));
  send(back);
  EXPECT_EQ(outcome_.verdict.action, Action::pass);
  EXPECT_EQ(used(), 0u) << "no tenant pays for it";
}

/// The Received of a client with a login, as smtpd_sasl_authenticated_header makes Postfix write it.
TEST_F(OriginToldTest, ALoginInAReceivedCountsIfTheSettingSaysSo) {
  mail::Message message = order();
  message.fields.insert(
      message.fields.begin(),
      {"Received",
       " from c (cust.example [203.0.113.30])\n\t(Authenticated sender: shop)\n\tby mx.example "
       "(Postfix) with ESMTPSA id A; date"});
  Mail mail{at("127.0.0.1"), "", "<orders@shop.example>", {"<ann@example.org>"}, {}, message};
  send(mail);
  EXPECT_EQ(log("origin") + log("origin_by") + log("login"), "made-herelogin-trace");
  auto trusting = tests::configured(kConfig);
  trusting->policy.origin.trace_logins = true;
  snapshots_.set(trusting);
  mail.message.fields[1].value = " <2@shop.example>";
  send(mail);
  EXPECT_EQ(log("origin") + log("origin_by") + log("login"), "loginlogin-traceshop");
  EXPECT_TRUE(is_signed());
  EXPECT_EQ(used(), 2u) << "once each";
}

/// A filter behind a port without a role, and no seal.key_file: the login is lost on the way, what it told is not.
class PassedBeforeTest : public OriginScene {
 protected:
  PassedBeforeTest() {
    std::string config = kConfig;
    config.replace(config.find("[seal]"), config.find("[[tenant]]") - config.find("[seal]"), "");
    config_ = config +
              "[[tenant]]\nname = \"acme\"\nlogins = [\"@acme.example\"]\n"
              "sender_domains = [\"acme.example\"]\nlocal = false\n";
    snapshots_.set(tests::configured(config_));
  }
  std::string config_;
  static Mail from_ann() {
    Mail mail{
        at("203.0.113.7"), "ann@acme.example", "<ann@acme.example>", {"<bob@example.org>"}, {}, order()};
    mail.message.fields[2].value = " ann@acme.example";
    return mail;
  }
  std::string told() const {
    return log("origin_by") + " " + log("tenant") + " " + log("login") + " " + log("action");
  }
};

TEST_F(PassedBeforeTest, MailOfALoginStaysItsTenants) {
  const Mail mail = from_ann();
  send(mail);
  EXPECT_EQ(told(), "login acme ann@acme.example accept");
  const Mail back = handed_on(mail, at("127.0.0.1"));
  send(back);
  EXPECT_EQ(told(), "passed-before acme ann@acme.example accept");
  EXPECT_EQ(used(), 1u);
  send(back);
  EXPECT_EQ(log("tenant") + log("action"), "defaultrefuse")
      << "once: no program of this host may send in its name";
}

TEST_F(PassedBeforeTest, ARecipientThatWasAddedPays) {
  const Mail mail = from_ann();
  send(mail);
  Mail back = handed_on(mail, at("127.0.0.1"));
  back.recipients = {"<bob@example.org>", "<archive@example.org>"};
  send(back);
  EXPECT_EQ(told(), "passed-before acme ann@acme.example accept");
  EXPECT_EQ(used(), 2u);
  back.recipients = {"<else@example.org>"};
  send(back);
  EXPECT_EQ(log("tenant") + log("action"), "defaultrefuse") << "to others it never went";
}

TEST_F(PassedBeforeTest, ANullSenderDoesNotFindAnotherTenantByTheAuthor) {
  const Mail mail{at("203.0.113.7"), "stray", "<>", {"<bob@example.org>"}, {}, order()};
  send(mail);
  EXPECT_FALSE(is_signed());
  send(handed_on(mail, at("127.0.0.1")));
  EXPECT_FALSE(is_signed());
  EXPECT_EQ(told(), "passed-before default stray accept");
}

TEST_F(PassedBeforeTest, NothingIsRememberedForLongOrIfToldSo) {
  const Mail mail = from_ann();
  send(mail);
  const Mail back = handed_on(mail, at("127.0.0.1"));
  clock_.tick(std::chrono::minutes(61));
  send(back);
  EXPECT_EQ(log("tenant") + log("action"), "defaultrefuse");
  auto none = tests::configured(config_);
  none->milter.remember_passed = std::chrono::seconds{0};
  snapshots_.set(none);
  send(mail);
  send(back);
  EXPECT_EQ(log("tenant") + log("action"), "defaultrefuse");
}

/// A filter would have to bounce it to him.
TEST_F(PassedBeforeTest, AStrangersMailThatAFilterHandsBackIsNotRefusedAtRcpt) {
  policy::Listing listing;
  listing.address = "bob@example.org";
  suppressions_.add(listing);
  Mail mail{at("203.0.113.9"), "", "<friend@elsewhere.example>", {"<bob@example.org>"}, {}, forged()};
  send(mail);
  EXPECT_EQ(log("action"), "pass");
  mail.from = at("127.0.0.1");
  send(mail);
  EXPECT_EQ(heard_, std::vector<Action>{Action::accept});
  EXPECT_EQ(log("origin") + log("action") + log("dropped"), "reinjectedpass0");
  mail.sender = "<orders@shop.example>";
  send(mail);
  EXPECT_EQ(heard_, std::vector<Action>{Action::refuse}) << "a web application hears at once";
}

/// A copy that a stranger sends to another port shows how it came, whatever passed before.
TEST_F(PassedBeforeTest, AStrangersCopyIsNotIt) {
  const Mail mail = from_ann();
  send(mail);
  Mail copy = handed_on(mail, at("127.0.0.1"));
  copy.message.fields.insert(
      copy.message.fields.begin(),
      {"Received",
       " from evil (evil.example [203.0.113.9])\n\tby mx.example (Postfix) with ESMTP id A; date"});
  send(copy);
  EXPECT_EQ(log("origin") + log("action"), "reinjectedpass");
}

}  // namespace
}  // namespace signpost::milter
