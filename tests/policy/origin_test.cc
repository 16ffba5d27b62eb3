// Whose mail: the flows of tests/data/origin, then what they cannot show (no header yet, other settings, no host name).
#include "policy/origin.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/text.h"
#include "policy/settings.h"
#include "tests/support/source_dir.h"

namespace signpost::policy {
namespace {

using mail::Origin;

struct Flow {
  std::string name;
  Evidence evidence;
  std::string login;
  mail::Message message;
  std::string expected;
};

Settings sample_settings() {
  Settings settings;
  settings.tenants.resize(1);
  settings.tenants[0].name = "shop";
  settings.tenants[0].sender_domains = {"shop.example"};
  settings.trusted = {*base::parse_network("192.0.2.0/25")};
  settings.index_tenants();
  return settings;
}

OriginSettings origin_settings() {
  OriginSettings settings;
  settings.web_hosts = {"webmail.hoster.example"};
  settings.reinjected = {
      {*mail::parse_address("news@shop.example"), *parse_sender_pattern("news-*@shop.example")}};
  return settings;
}

void read_word(Flow& flow, const std::string& word) {
  const std::string value = word.substr(std::min(word.size(), word.find('=') + 1));
  Evidence& evidence = flow.evidence;
  if (word == "way=pickup") {
    evidence.way = Way::pickup;
  } else if (word == "way=loopback") {
    evidence.way = Way::loopback;
  } else if (word == "way=network") {
    evidence.way = Way::network;
  } else if (word.starts_with("sender=")) {
    evidence.null_sender = false;
    evidence.sender = *mail::parse_address(value);
  } else if (word.starts_with("login=")) {
    flow.login = value;
  } else if (word.starts_with("recipients=")) {
    evidence.recipients = *base::parse_number(value);
  } else if (word == "seal=ours") {
    evidence.seal = SealEvidence::ours;
  } else if (word == "seal=foreign") {
    evidence.seal = SealEvidence::foreign;
  } else if (word == "trusted") {
    evidence.trusted = true;
  } else if (word == "hop") {
    evidence.hop = true;
  } else {
    ADD_FAILURE() << flow.name << ": unknown word " << word;
  }
}

std::vector<Flow> read_flows(const std::string& name) {
  std::ifstream file(tests::source_dir() + "/tests/data/origin/" + name);
  std::vector<Flow> flows;
  std::string header;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("== ")) {
      flows.push_back({line.substr(3), {}, {}, {}, {}});
      flows.back().evidence.null_sender = true;
      flows.back().evidence.recipients = 1;
      flows.back().evidence.host = "mx.example";
      header.clear();
    } else if (line.starts_with("way=")) {
      std::istringstream words(line);
      for (std::string word; words >> word;) read_word(flows.back(), word);
    } else if (line.starts_with("=> ")) {
      flows.back().expected = line.substr(3);
      flows.back().message = mail::parse_message(header + "\r\n");
    } else {
      header += line + "\r\n";
    }
  }
  return flows;
}

std::string decided(Flow& flow, const OriginSettings& settings) {
  static const Settings kSettings = sample_settings();
  const auto index = kSettings.tenant_index();
  flow.evidence.login = flow.login;
  flow.evidence.fields = &flow.message.fields;
  flow.evidence.tenants = index.get();
  flow.evidence.trusted_networks = &kSettings.trusted;
  const OriginFinding finding = decide_origin(flow.evidence, settings);
  EXPECT_TRUE(finding.settled) << flow.name;
  return std::string(mail::origin_word(finding.origin)) + " " + finding.reason;
}

void expect_flows(const std::string& name, std::size_t at_least) {
  std::vector<Flow> flows = read_flows(name);
  EXPECT_GE(flows.size(), at_least);
  for (Flow& flow : flows) {
    EXPECT_FALSE(flow.message.fields.empty()) << flow.name;
    EXPECT_EQ(decided(flow, origin_settings()), flow.expected) << flow.name;
  }
}

TEST(DecideOrigin, OfEachPostfixFlow) {
  expect_flows("postfix.flows", 45);
}

TEST(DecideOrigin, OfEachSendmailFlow) {
  expect_flows("sendmail.flows", 16);
}

TEST(DecideOrigin, OnlyMailOfThisHostWithoutALoginFollowsTheSettings) {
  for (const LocalMail local : {LocalMail::all, LocalMail::none}) {
    OriginSettings settings = origin_settings();
    settings.local = settings.loopback = local;
    for (const char* file : {"postfix.flows", "sendmail.flows"}) {
      for (Flow& flow : read_flows(file)) {
        const bool follows =
            flow.expected.starts_with("made-here") || flow.expected.starts_with("reinjected");
        const char* word = local == LocalMail::all ? "made-here setting" : "reinjected setting";
        EXPECT_EQ(decided(flow, settings), follows ? word : flow.expected) << flow.name;
      }
    }
  }
}

TEST(DecideOrigin, PickupAndLoopbackHaveSettingsOfTheirOwn) {
  const std::vector<mail::Field> fields = {{"From", " a@shop.example"}};
  Evidence evidence;
  evidence.fields = &fields;
  OriginSettings settings;
  settings.loopback = LocalMail::none;
  evidence.way = Way::pickup;
  EXPECT_EQ(decide_origin(evidence, settings).origin, Origin::made_here);
  evidence.way = Way::loopback;
  EXPECT_EQ(decide_origin(evidence, settings).origin, Origin::reinjected);
}

TEST(DecideOrigin, ASealThatDoesNotOpenShowsThatItCameBack) {
  const std::vector<mail::Field> fields = {{"From", " a@shop.example"}};
  Evidence evidence;
  evidence.way = Way::pickup;
  evidence.fields = &fields;
  evidence.seal = SealEvidence::broken;
  OriginSettings settings;
  EXPECT_STREQ(decide_origin(evidence, settings).reason, "seal-broken");
  EXPECT_EQ(decide_origin(evidence, settings).origin, Origin::reinjected);
  evidence.login = "shop";
  EXPECT_EQ(decide_origin(evidence, settings).origin, Origin::login);
  evidence.login = "";
  settings.local = LocalMail::all;
  EXPECT_EQ(decide_origin(evidence, settings).origin, Origin::made_here);
}

/// What stands above our field came later: a copy of sealed mail that somebody sends in again shows how it came.
TEST(DecideOrigin, ASealBelowAnotherHostsTraceIsNotBelieved) {
  const OriginSettings settings = origin_settings();
  const auto decide = [&](std::vector<mail::Field> above, Way way) {
    Evidence evidence;
    evidence.way = way;
    evidence.host = "mx.example";
    evidence.seal = SealEvidence::ours;
    evidence.seal_at = above.size();
    above.push_back({"Signpost-Seal", " x"});
    above.push_back(
        {"Received", " from x (evil [203.0.113.9])\n\tby mx.example (Postfix) with ESMTP id A; date"});
    evidence.fields = &above;
    return std::string(decide_origin(evidence, settings).reason);
  };
  EXPECT_EQ(decide({}, Way::pickup), "seal");
  EXPECT_EQ(decide({{"X-Virus-Scanned", " by amavisd"}}, Way::loopback), "seal");
  EXPECT_EQ(decide({{"Received",
                     " from mx.example ([127.0.0.1])\n\tby localhost (mx.example [127.0.0.1]) (amavisd-new, "
                     "port 10024)\n\twith "
                     "ESMTP id B; date"}},
                   Way::loopback),
            "seal");
  EXPECT_EQ(
      decide({{"Received", " from x (evil [203.0.113.9])\n\tby mx.example (Postfix) with ESMTP id A; date"}},
             Way::pickup),
      "foreign-received");
  EXPECT_EQ(decide({{"Received", " x"}}, Way::pickup), "unreadable-received");
  EXPECT_EQ(decide({{"X-Sieve-Redirected-From", " ann@shop.example"}}, Way::pickup), "sieve-redirect")
      << "a mailbox on the way: a copy with another body could lie there";
}

TEST(DecideOrigin, WhoLogsInOnThisHostSaysHimselfWhoseMailItIs) {
  const std::vector<mail::Field> fields = {{"Signpost-Seal", " x"}, {"From", " ceo@acme.example"}};
  Evidence evidence;
  evidence.way = Way::loopback;
  evidence.seal = SealEvidence::ours;
  evidence.fields = &fields;
  evidence.login = "post-api";
  EXPECT_EQ(decide_origin(evidence, {}).origin, Origin::login);
  evidence.hop = true;
  EXPECT_EQ(decide_origin(evidence, {}).origin, Origin::sealed);
}

TEST(DecideOrigin, NoListRuleForMailThatLayInAMailbox) {
  OriginSettings settings;
  settings.reinjected.push_back({*mail::parse_address("news@lists.example"), std::nullopt});
  std::vector<mail::Field> fields = {
      {"Received", " from x (evil [203.0.113.9])\n\tby mx.example (Postfix) with ESMTP id A; date"},
      {"From", " news@lists.example"}};
  Evidence evidence;
  evidence.way = Way::pickup;
  evidence.host = "mx.example";
  evidence.fields = &fields;
  EXPECT_STREQ(decide_origin(evidence, settings).reason, "list-rule");
  fields.insert(fields.begin(), {"Delivered-To", " ann@shop.example"});
  EXPECT_STREQ(decide_origin(evidence, settings).reason, "delivered-to");
}

TEST(DecideOrigin, WhereNothingLocalIsOursRcptIsNotJudged) {
  Evidence evidence;
  evidence.way = Way::loopback;
  OriginSettings settings;
  settings.loopback = LocalMail::none;
  EXPECT_EQ(decide_origin(evidence, settings).origin, Origin::reinjected);
  EXPECT_FALSE(decide_origin(evidence, settings).settled);
}

TEST(DecideOrigin, BeforeTheHeaderOnlyMailFromElsewhereIsSettled) {
  const OriginSettings settings;
  for (const Way way : {Way::pickup, Way::loopback, Way::network}) {
    for (const bool hop : {false, true}) {
      for (const char* login : {"", "shop"}) {
        Evidence evidence;
        evidence.way = way;
        evidence.hop = hop;
        evidence.login = login;
        const OriginFinding finding = decide_origin(evidence, settings);
        EXPECT_EQ(finding.settled, way == Way::network && !hop);
        if (*login) {
          EXPECT_EQ(finding.origin, Origin::login);
        } else {
          EXPECT_EQ(finding.origin, way == Way::network ? Origin::foreign : Origin::made_here);
        }
      }
    }
  }
}

TEST(DecideOrigin, WithoutTheHostsNameNoTraceIsLocal) {
  for (Flow& flow : read_flows("postfix.flows")) {
    flow.evidence.host = "";
    const std::string without = decided(flow, origin_settings());
    if (flow.expected == "made-here local-trace" && flow.name.find("field") == std::string::npos &&
        flow.name.find("a host named in the settings") == std::string::npos) {
      EXPECT_EQ(without, "reinjected foreign-received") << flow.name;
    }
  }
}

/// A stranger can add any field below the one that the MTA wrote: none of them makes his mail ours.
TEST(DecideOrigin, NoFieldBelowTheMtasMakesAStrangersMailOurs) {
  std::vector<std::string> lines;
  for (const char* file : {"postfix.flows", "sendmail.flows"}) {
    for (const Flow& flow : read_flows(file)) {
      for (const mail::Field& field : flow.message.fields) {
        if (mail::has_name(field, "Received")) lines.push_back(field.value);
      }
    }
  }
  ASSERT_GE(lines.size(), 40U);
  const OriginSettings settings;
  for (const char* written :
       {" from x (evil [203.0.113.9])\n\tby mx.example (Postfix) with ESMTP id A; date",
        " from x (evil [203.0.113.9])\n\tby mx.example (8.17.1/8.17.1) with ESMTP id A; date"}) {
    for (const std::string& first : lines) {
      for (const std::string& second : lines) {
        const std::vector<mail::Field> fields = {
            {"Received", written}, {"Received", first}, {"Received", second}, {"From", " ceo@shop.example"}};
        for (const Way way : {Way::pickup, Way::loopback}) {
          Evidence evidence;
          evidence.way = way;
          evidence.host = "mx.example";
          evidence.fields = &fields;
          ASSERT_EQ(decide_origin(evidence, settings).origin, Origin::reinjected) << first << second;
        }
      }
    }
  }
}

TEST(LocalMail, HasWords) {
  for (const LocalMail local : {LocalMail::made_here, LocalMail::all, LocalMail::none}) {
    EXPECT_EQ(parse_local_mail(local_mail_word(local)), local);
  }
  EXPECT_FALSE(parse_local_mail("some"));
}

TEST(Origin, HasWords) {
  for (const Origin origin : mail::kOrigins) EXPECT_EQ(mail::parse_origin(mail::origin_word(origin)), origin);
  EXPECT_FALSE(mail::parse_origin("local"));
}

}  // namespace
}  // namespace signpost::policy
