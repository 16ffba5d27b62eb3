// The checks one by one and in their order.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "mail/readings.h"
#include "policy/policy.h"
#include "tests/support/twins.h"

namespace signpost::policy {
namespace {

/// Everything a check looks at, with a tenant "acme" bound to acme.example and "free" bound to nothing.
struct Scene {
  Scene() {
    settings.tenants.resize(3);
    settings.tenants[0].name = "acme";
    settings.tenants[0].sender_domains = {"acme.example"};
    settings.tenants[1].name = "free";
    settings.tenants[2].name = "shop";
    settings.tenants[2].sender_domains = {"shop.example"};
    from("a@acme.example");
    envelope.stream = "bulk";
  }
  void from(const std::string& sender) {
    envelope.sender_given = sender;
    const auto address = mail::parse_address(sender);
    envelope.sender = address ? std::optional(*address) : std::nullopt;
  }
  void to(const std::string& given) { recipient = mail::read_recipient(given, {}, "mx.example"); }
  void list(Reason reason, const std::string& owner = "") {
    Listing listing;
    listing.address = "bob@example.net";
    listing.reason = reason;
    listing.tenant = owner;
    suppressions.add(listing);
  }
  Judgement judge_at(Stage stage) const {
    Facts facts{settings, overrides, envelope, settings.tenants[tenant]};
    facts.recipient = stage == Stage::rcpt ? &recipient : nullptr;
    std::optional<base::Result<SuppressionAnswer>> listed;
    if (is_listable(facts)) {
      listed = suppressions.find(*recipient.address).map([&](const std::vector<Listing>& found) {
        return decide_listings(facts, found);
      });
      facts.listed = &*listed;
    }
    facts.fields = stage == Stage::message ? &fields : nullptr;
    return judge(stage, facts);
  }
  /// "action reason rule [reply]".
  std::string answer(Stage stage) const {
    const Verdict verdict = judge_at(stage).verdict;
    std::string text = std::string(action_word(verdict.action)) + " " + why_word(verdict.reason) + " " +
                       (verdict.rule.empty() ? "-" : verdict.rule);
    if (verdict.reply.code != 0) text += " " + verdict.reply.format();
    return text;
  }

  Settings settings;
  limits::Overrides overrides;
  mail::Envelope envelope;
  mail::Recipient recipient;
  std::vector<mail::Field> fields;
  tests::MemorySuppressions suppressions;
  std::size_t tenant = 0;
};

constexpr const char* kAccept = "accept - -";
constexpr const char* kNotAllowed =
    "refuse sender-not-allowed sender 550 5.7.1 Sender not allowed for this account";
constexpr const char* kBadSender = "refuse bad-sender sender 550 5.1.7 Bad sender address";

TEST(CheckSender, BoundsTheEnvelopeSender) {
  const std::string long_local(80, 'v');
  const struct {
    std::size_t tenant;
    std::string sender;
    const char* answer;
  } kCases[] = {
      {0, "<a@acme.example>", kAccept},
      {0, "<a@mail.acme.example>", kAccept},
      {0, "<a@free.example>", kNotAllowed},
      {0, "<a@shop.example>", kNotAllowed},
      {1, "<a@free.example>", kAccept},
      {1, "<a@shop.example>", kNotAllowed},
      {0, "<>", kAccept},
      {0, "", kAccept},
      {0, "<root>", kNotAllowed},
      {1, "<root>", kAccept},
      {0, "<" + long_local + "@acme.example>", kAccept},
      {1, "<" + long_local + "@shop.example>", kNotAllowed},
      {1, "<@relay.example:a@shop.example>", kNotAllowed},
      {1, "<a@>", kAccept},
      {1, "<a@b@shop.example>", kNotAllowed},
      {1, "<a@sh op.example>", kBadSender},
      {1, "<\"a@shop.example>", kNotAllowed},
  };
  for (const auto& test : kCases) {
    Scene scene;
    scene.tenant = test.tenant;
    scene.from(test.sender);
    EXPECT_EQ(scene.answer(Stage::mail), test.answer) << test.sender;
    scene.envelope.role = mail::Role::egress;
    EXPECT_EQ(scene.answer(Stage::mail), test.answer)
        << "every local program reaches that port " << test.sender;
    scene.envelope.origin = mail::Origin::sealed;
    EXPECT_EQ(scene.answer(Stage::mail), kAccept) << test.sender;
  }
}

TEST(CheckPaused, DefersUntilItsTime) {
  Scene scene;
  scene.overrides.paused["acme"] = {};
  EXPECT_EQ(scene.answer(Stage::mail), "defer tenant-paused paused 451 4.7.1 Tenant paused");
  scene.overrides.paused["acme"].until = base::Wall{};
  EXPECT_EQ(scene.answer(Stage::mail), kAccept);
}

TEST(CheckPaused, LetsReportsOfTheMtaGo) {
  Scene scene;
  scene.overrides.paused["acme"] = {};
  scene.envelope.origin = mail::Origin::own_dsn;
  EXPECT_EQ(scene.answer(Stage::mail), kAccept);
}

TEST(CheckRole, DefersAMisspeltRole) {
  Scene scene;
  scene.envelope.role = mail::Role::unknown;
  EXPECT_EQ(scene.answer(Stage::mail), "defer bad-role role 451 4.3.0 Temporary failure");
}

TEST(CheckRole, RefusesAStrangerWhereMailIsSubmitted) {
  Scene scene;
  scene.envelope.role = mail::Role::submit;
  scene.envelope.origin = mail::Origin::foreign;
  EXPECT_EQ(scene.answer(Stage::mail),
            "refuse strangers-submission role 550 5.7.1 No mail without a login on this port");
  scene.from("<>");
  EXPECT_EQ(scene.answer(Stage::mail),
            "defer strangers-submission role 451 4.7.1 No mail without a login on this port");
  for (const mail::Origin origin : {mail::Origin::login, mail::Origin::made_here, mail::Origin::trusted}) {
    scene.envelope.origin = origin;
    EXPECT_EQ(scene.answer(Stage::mail), kAccept);
  }
}

/// A scene with so many recipients accepted, of which some were dropped.
Scene crowd(std::size_t accepted, std::size_t dropped = 0) {
  Scene scene;
  scene.envelope.origin = mail::Origin::login;
  for (std::size_t i = 0; i < accepted; ++i) {
    scene.to("<r" + std::to_string(i) + "@example.net>");
    scene.recipient.dropped = i < dropped;
    scene.envelope.recipients.push_back(scene.recipient);
  }
  scene.to("<next@example.net>");
  scene.settings.tenants[0].max_recipients = 3;
  return scene;
}

TEST(CheckRecipientCap, AnswersWhereItIsHeard) {
  const char* late =
      "defer too-many-recipients recipient_cap 452 4.5.3 Too many recipients, at most 3 a message";
  const char* whole =
      "refuse too-many-recipients recipient_cap 550 5.5.3 Too many recipients, at most 3 a message";
  EXPECT_EQ(crowd(2).answer(Stage::rcpt), kAccept);
  EXPECT_EQ(crowd(3).answer(Stage::rcpt), late);
  EXPECT_EQ(crowd(3).answer(Stage::message), kAccept);
  EXPECT_EQ(crowd(4, 2).answer(Stage::rcpt), kAccept) << "who gets nothing does not count";
  Scene local = crowd(3);
  local.envelope.local_submission = true;
  EXPECT_EQ(local.answer(Stage::rcpt), kAccept) << "a refused recipient would be lost";
  EXPECT_EQ(local.answer(Stage::message), kAccept);
  local.envelope.recipients.push_back(local.recipient);
  EXPECT_EQ(local.answer(Stage::message), whole);
  Scene doubtful = crowd(4);
  doubtful.envelope.origin_settled = false;
  EXPECT_EQ(doubtful.answer(Stage::rcpt), late) << "a client of this host with a login";
  doubtful.envelope.origin = mail::Origin::made_here;
  EXPECT_EQ(doubtful.answer(Stage::rcpt), kAccept) << "the header may tell of another tenant";
  EXPECT_EQ(doubtful.answer(Stage::message), whole);
  Scene report = crowd(4);
  report.envelope.origin = mail::Origin::own_dsn;
  EXPECT_EQ(report.answer(Stage::message), kAccept);
  Scene sealed = crowd(4);
  sealed.envelope.origin = mail::Origin::sealed;
  sealed.envelope.role = mail::Role::egress;
  EXPECT_EQ(sealed.answer(Stage::rcpt), kAccept) << "an alias may have added recipients";
  EXPECT_EQ(sealed.answer(Stage::message), kAccept);
}

TEST(CheckRecipientCap, IsTheLoginsOwnIfItHasOne) {
  Scene scene = crowd(3);
  Tenant& tenant = scene.settings.tenants[0];
  tenant.recipient_caps = {{"@acme.example", 1}, {"Bulk@acme.example", 10}, {"ann", 5}};
  const auto cap = [&](const char* login) { return tenant.max_recipients_of(login); };
  for (int indexed = 0; indexed < 2; ++indexed) {
    EXPECT_EQ(cap("bulk@ACME.example"), 10u);
    EXPECT_EQ(cap("bob@acme.example"), 1u);
    EXPECT_EQ(cap("ANN"), 5u);
    EXPECT_EQ(cap("other"), 3u);
    EXPECT_EQ(cap(""), 3u);
    scene.settings.index_tenants();
  }
  scene.envelope.login = "ann";
  EXPECT_EQ(scene.answer(Stage::rcpt), kAccept);
  scene.envelope.login = "bob@acme.example";
  EXPECT_TRUE(scene.answer(Stage::rcpt).ends_with("at most 1 a message"));
}

TEST(CheckRecipient, PassesOnlyWhatCannotBeADisguise) {
  const char* bad = "refuse bad-recipient recipient 550 5.1.3 Bad recipient address";
  const struct {
    std::string given;
    const char* answer;
  } kCases[] = {
      {"<bob@example.net>", kAccept},
      {"<root>", kAccept},
      {"root", kAccept},
      {"<first.last+tag>", kAccept},
      {"<bob%example.net>", kAccept},  // what it may mean is looked up
      {"<@relay.example:bob@example.net>", kAccept},
      {"<a!b!c%d%e%f@g.example>", bad},  // in too many ways
      {"<\"bob@example.net>", bad},
      {"<bob@exa mple.net>", bad},
      {"<>", bad},
      {"<bob jones@example.net>", bad},
  };
  for (const auto& test : kCases) {
    Scene scene;
    scene.to(test.given);
    EXPECT_EQ(scene.answer(Stage::rcpt), test.answer) << test.given;
    scene.from("<>");
    EXPECT_EQ(scene.answer(Stage::rcpt), test.answer)
        << "a client may choose the null sender: " << test.given;
    scene.envelope.origin = mail::Origin::own_dsn;
    EXPECT_EQ(scene.answer(Stage::rcpt), kAccept) << "a report is never refused: " << test.given;
  }
}

TEST(CheckSuppression, NamesTheReasonOnlyInOwnScope) {
  Scene everywhere;
  everywhere.to("<Bob@Example.NET.>");
  everywhere.list(Reason::hard_bounce);
  EXPECT_EQ(everywhere.answer(Stage::rcpt),
            "refuse suppressed hard-bounce 550 5.7.1 Recipient suppressed (policy)");
  Scene own;
  own.to("<bob@example.net>");
  own.list(Reason::complaint, "acme");
  EXPECT_EQ(own.answer(Stage::rcpt),
            "refuse suppressed complaint 550 5.7.1 Recipient suppressed (complaint)");
  own.envelope.stream = "transactional";
  EXPECT_EQ(own.answer(Stage::rcpt), kAccept);
  own.envelope.stream = "bulk";
  own.to("<ann@example.net>");
  EXPECT_EQ(own.answer(Stage::rcpt), kAccept);
}

TEST(CheckSuppression, ActsAsSet) {
  Scene scene;
  scene.to("<bob@example.net>");
  scene.list(Reason::trap);
  scene.settings.suppression_action = SuppressionAction::drop;
  EXPECT_EQ(scene.answer(Stage::rcpt), "drop suppressed trap");
  scene.settings.tenants[0].suppression_action = SuppressionAction::observe;
  EXPECT_EQ(scene.answer(Stage::rcpt), kAccept);
  const auto observed = scene.judge_at(Stage::rcpt).observed;
  ASSERT_EQ(observed.size(), 1u);
  EXPECT_EQ(observed[0].action, Action::observe);
  EXPECT_EQ(observed[0].rule, "trap");
}

TEST(CheckSuppression, IsSilentForReportsAndWhatSubmitHasJudged) {
  Scene scene;
  scene.to("<bob@example.net>");
  scene.list(Reason::trap);
  scene.envelope.role = mail::Role::egress;
  EXPECT_NE(scene.answer(Stage::rcpt), kAccept) << "every local program reaches that port";
  scene.envelope.origin = mail::Origin::sealed;
  EXPECT_EQ(scene.answer(Stage::rcpt), kAccept);
  scene.envelope.origin = mail::Origin::login;
  scene.envelope.role = mail::Role::submit;
  EXPECT_NE(scene.answer(Stage::rcpt), kAccept);
  scene.from("<>");
  EXPECT_NE(scene.answer(Stage::rcpt), kAccept) << "a client may choose the null sender";
  scene.envelope.origin = mail::Origin::own_dsn;
  EXPECT_EQ(scene.answer(Stage::rcpt), kAccept);
}

TEST(CheckSuppression, AsksAgainAtEgressIfTold) {
  Scene scene;
  scene.to("<bob@example.net>");
  scene.list(Reason::manual);
  scene.envelope.role = mail::Role::egress;
  scene.envelope.origin = mail::Origin::sealed;
  scene.settings.tenants[0].suppression_action = SuppressionAction::refuse;
  scene.settings.egress_suppression = SuppressionAction::drop;
  EXPECT_EQ(scene.answer(Stage::rcpt), "drop suppressed manual")
      << "whatever the tenant says of the submit side";
  scene.envelope.role = mail::Role::submit;
  EXPECT_EQ(scene.answer(Stage::rcpt).substr(0, 6), "refuse");
  scene.envelope.role = mail::Role::egress;
  scene.envelope.origin = mail::Origin::own_dsn;
  EXPECT_EQ(scene.answer(Stage::rcpt), kAccept);
}

TEST(CheckSuppression, KnowsNoTrialOfItsOwnAtEgress) {
  Scene scene;
  scene.to("<bob@example.net>");
  scene.settings.probation = std::chrono::hours(1);
  scene.settings.egress_suppression = SuppressionAction::drop;
  Listing listing;
  listing.address = "bob@example.net";
  listing.reason = Reason::hard_bounce;
  listing.until = base::Wall{};
  listing.trial = base::Wall{};
  scene.suppressions.add(listing);
  EXPECT_NE(scene.answer(Stage::rcpt), kAccept) << "another message is its trial";
  scene.envelope.role = mail::Role::egress;
  scene.envelope.origin = mail::Origin::sealed;
  EXPECT_EQ(scene.answer(Stage::rcpt), kAccept) << "this may be the trial, let through at submit";
}

TEST(CheckSuppression, FailsClosedUnlessTold) {
  Scene scene;
  scene.to("<bob@example.net>");
  scene.suppressions.break_down();
  EXPECT_EQ(scene.answer(Stage::rcpt), "defer store-unavailable suppression 451 4.3.0 Temporary failure");
  scene.settings.suppression_fails_open = true;
  EXPECT_EQ(scene.answer(Stage::rcpt), kAccept);
  EXPECT_EQ(scene.judge_at(Stage::rcpt).observed.at(0).reason, Why::store_unavailable);
}

TEST(CheckAuthor, BoundsTheFromField) {
  const char* foreign = "refuse from-not-allowed author 550 5.7.1 Sender not allowed for this account";
  const char* unreadable = "refuse bad-from author 550 5.7.1 From cannot be read";
  const struct {
    std::vector<mail::Field> fields;
    const char* answer;
  } kCases[] = {
      {{}, kAccept},
      {{{"From", " Acme <a@acme.example>"}}, kAccept},
      {{{"From", " a@acme.example, b@mail.acme.example"}}, kAccept},
      {{{"From", " ceo@shop.example <a@acme.example>"}}, kAccept},
      {{{"From", " a@shop.example"}}, foreign},
      {{{"From", " a@unowned.example"}}, foreign},
      {{{"From", " a@acme.example, b@shop.example"}}, foreign},
      {{{"From", " a@acme.example"}, {"from ", " b@shop.example"}}, foreign},
      {{{"From", " Us: a@shop.example;"}}, foreign},
      {{{"From", " Us:;"}}, kAccept},
      {{{"From", " \"a@acme.example"}}, unreadable},
      {{{"From", ""}}, unreadable},
      {{{"Sender", " b@shop.example"}}, kAccept},
  };
  for (const auto& test : kCases) {
    Scene scene;
    scene.fields = test.fields;
    EXPECT_EQ(scene.answer(Stage::message), test.answer)
        << (test.fields.empty() ? "" : test.fields.back().value);
    scene.tenant = 1;
    EXPECT_EQ(scene.answer(Stage::message), kAccept) << "a tenant without a bound";
    scene.tenant = 0;
    scene.from("<>");
    EXPECT_EQ(scene.answer(Stage::message), test.answer) << "a client may choose the null sender";
    scene.envelope.origin = mail::Origin::own_dsn;
    EXPECT_EQ(scene.answer(Stage::message), kAccept) << "a report is never refused";
  }
}

TEST(Checks, TheTableIsWhole) {
  std::set<std::string> names;
  for (const Check& check : checks()) {
    EXPECT_TRUE(names.insert(std::string(check.name) + "/" + stage_word(check.stage)).second) << check.name;
    EXPECT_TRUE(std::string_view(check.summary).ends_with('.')) << check.name;
    EXPECT_NE(check.run, nullptr);
  }
  EXPECT_EQ(names.size(), 8u);
}

TEST(Judge, TheFirstVerdictEnds) {
  Scene scene;
  scene.envelope.role = mail::Role::unknown;
  scene.overrides.paused["acme"] = {};
  scene.from("<a@shop.example>");
  EXPECT_TRUE(scene.answer(Stage::mail).starts_with("defer bad-role"));
  scene.envelope.role = mail::Role::all;
  EXPECT_TRUE(scene.answer(Stage::mail).starts_with("defer tenant-paused"));
  scene.overrides.paused.clear();
  EXPECT_TRUE(scene.answer(Stage::mail).starts_with("refuse sender-not-allowed"));
}

TEST(Reply, IsPrintableAscii) {
  EXPECT_EQ((Reply{550, "5.7.1", "a\r\nb\xFF 100%"}).format(), "550 5.7.1 a??b? 100%");
}

TEST(Words, AreFixed) {
  const std::pair<Action, const char*> kActions[] = {{Action::accept, "accept"},   {Action::refuse, "refuse"},
                                                     {Action::defer, "defer"},     {Action::drop, "drop"},
                                                     {Action::discard, "discard"}, {Action::pass, "pass"},
                                                     {Action::observe, "observe"}};
  for (const auto& [action, word] : kActions) EXPECT_STREQ(action_word(action), word);
  EXPECT_STREQ(stage_word(Stage::mail), "mail");
  EXPECT_STREQ(stage_word(Stage::rcpt), "rcpt");
  EXPECT_STREQ(stage_word(Stage::message), "message");
}

}  // namespace
}  // namespace signpost::policy
