// suppress import and export against a context in memory and a real store: good lines, bad
// lines, whole lists.
#include <random>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/daemon/commands/support.h"

namespace signpost::daemon::commands {
namespace {

using tests::ControlHouse;
using tests::has;

TEST(ControlImport, KeepsGoodLinesAndNamesBadOnes) {
  ControlHouse house;
  const std::string answer =
      house.say({"suppress import reason=hard-bounce", "a@example.net", "not an address", "", "b@example.net",
                 "c@example.net,manual", std::string(70 * 1024, 'x'), ".", "version"});
  EXPECT_TRUE(answer.starts_with("ok added=2 changed=0 bad=3\nline=2 error=")) << answer;
  EXPECT_TRUE(has(answer, "\nline=5 error="));
  EXPECT_TRUE(has(answer, "\nline=6 error=\"longer than"));
  EXPECT_TRUE(has(answer, "end n=3\n\nok version="));
  EXPECT_TRUE(has(house.say("suppress check b@example.net"), "reason=hard-bounce"));
}

TEST(ControlImport, ACutConnectionListsNothing) {
  ControlHouse house;
  EXPECT_EQ(house.say({"suppress import", "a@example.net", "b@example.net"}), "");
  EXPECT_TRUE(has(house.say("suppress list"), "end n=0"));
}

TEST(ControlImport, LinesOfARefusedImportAreNoCommands) {
  ControlHouse house;
  const char* refused[] = {"suppress import reason=nonsense",
                           "suppress import mode=replace",
                           "suppress import mode=replace reason=manual tenant=acme stream=bulk",
                           "suppress import tenant=nobody",
                           "suppress import stream=bulk",
                           "suppress import extra"};
  for (const char* line : refused) {
    const std::string answer = house.say({line, "suppress add evil@example.net", ".", "version"});
    EXPECT_TRUE(answer.starts_with("error ")) << answer;
    EXPECT_TRUE(has(answer, "\n\nok version="));
  }
  EXPECT_TRUE(has(house.say("suppress list"), "end n=0"));
}

TEST(ControlImport, TriesWithoutListing) {
  ControlHouse house;
  EXPECT_EQ(house.say({"suppress import dry-run=yes", "a@example.net", "b@", "."}),
            "ok dry-run=yes added=1 changed=0 bad=1\nline=2 error=" +
                policy::format_value(mail::parse_address("b@").error().text) + "\nend n=1\n\n");
  EXPECT_TRUE(has(house.say("suppress list"), "end n=0"));
}

TEST(ControlImport, ReplacesAWholeList) {
  ControlHouse house;
  house.say({"suppress import reason=hard-bounce", "a@example.net", "b@example.net", "c@example.net", "."});
  house.say("suppress add a@example.net reason=manual");
  const std::string replace = "suppress import mode=replace reason=hard-bounce";
  EXPECT_EQ(house.say({replace + " dry-run=yes", "c@example.net", "d@example.net", "."}),
            "ok dry-run=yes added=1 changed=1 removed=2 bad=0\nend n=0\n\n");
  EXPECT_TRUE(
      has(house.say({replace, "c@example.net", "address,reason", "d@example.net,complaint", "."}),
          "error conflict hard-bounce everywhere has 3 listings and would have 1; repeat with force=yes"));
  EXPECT_TRUE(has(house.say("suppress check a@example.net"), "listed n=2"));
  EXPECT_TRUE(
      house
          .say(
              {replace, "address,reason", "c@example.net,", "d@example.net,", "e@example.net,complaint", "."})
          .starts_with(
              "ok added=1 changed=1 removed=2 bad=1\nline=4 error=\"belongs to complaint everywhere, but"));
  EXPECT_TRUE(has(house.say("suppress check a@example.net"), "listed n=1"));
  EXPECT_TRUE(has(house.say("suppress check d@example.net"), "listed n=1"));
  EXPECT_TRUE(house.say({replace + " force=yes", "."}).starts_with("ok added=0 changed=0 removed=2 bad=0\n"));
}

TEST(ControlImport, OneAtATimeAndShownByStatus) {
  ControlHouse house;
  auto other = house.store->bulk().begin({});
  ASSERT_TRUE(other);
  EXPECT_TRUE(has(house.say("status"), "\nimport-lines=0\nimport-done=0\n"));
  EXPECT_EQ(house.say({"suppress import", "a@example.net", "."}),
            "error conflict another import is running\n\n");
  other->reset();
  EXPECT_FALSE(has(house.say("status"), "import-"));
}

TEST(ControlImport, RefusesAnUnknownColumn) {
  ControlHouse house;
  EXPECT_TRUE(has(house.say({"suppress import", "address,raeson", "a@example.net,manual", "."}),
                  "error invalid line 1: unknown column 'raeson' (did you mean 'reason'?)"));
}

TEST(ControlImport, MaxBadBoundsWhatIsWrong) {
  ControlHouse house;
  EXPECT_TRUE(
      has(house.say({"suppress import max-bad=1", "a@example.net", "b@", "c@", "."}),
          "error invalid 2 bad records are more than max-bad=1 allows; nothing was listed; line 2: "));
  EXPECT_TRUE(has(house.say("suppress list"), "end n=0"));
  EXPECT_TRUE(house.say({"suppress import max-bad=1", "a@example.net", "b@", "."})
                  .starts_with("ok added=1 changed=0 bad=1\n"));
}

// What programs/ctl/import_command sends for a file of another service.
TEST(ControlImport, AnswersWhatAProgramReadAndFound) {
  for (const bool is_alone : {true, false}) {
    ControlHouse house;
    if (is_alone) house.snapshots.set(tests::control_snapshot(true));
    const std::string tenant = is_alone ? "acme" : "-";
    EXPECT_EQ(
        house.say({"suppress import format=mandrill",
                   "line,address,reason,scope,stream,created,expires,note,subdomains,outcome",
                   "2,gone@a.example,hard-bounce,everywhere,,,,,,", "3,left@a.example,unsubscribe,own,,,,,,",
                   "5,kept@a.example,manual,own,!transactional,,,,,", "6,,,,,,,,,ignored",
                   "7,,,,,,,,,expired", "9,,,,,,,\"odd, very\",,bad", "11,nobody,manual,own,,,,,,", "."}),
        "ok added=3 changed=0 bad=2 ignored=1 expired=1 format=mandrill\n"
        "reason=hard-bounce tenant=- stream=- n=1\n"
        "reason=unsubscribe tenant=" +
            tenant +
            " stream=- n=1\n"
            "reason=manual tenant=" +
            tenant +
            " stream=!transactional n=1\n"
            "line=9 error=\"odd, very\"\nline=11 error=" +
            policy::format_value(mail::parse_address("nobody").error().text) + "\nend n=5\n\n");
    EXPECT_EQ(house.say("suppress check left@a.example tenant=acme stream=transactional"),
              "ok not-listed\n\n");
    EXPECT_TRUE(has(house.say("suppress check left@a.example tenant=acme stream=bulk"), "ok listed n=1"));
    EXPECT_EQ(house.say("suppress check kept@a.example tenant=acme stream=transactional"),
              "ok not-listed\n\n");
    EXPECT_TRUE(has(house.say("suppress check kept@a.example tenant=acme stream=bulk"), "ok listed n=1"));
    EXPECT_TRUE(
        has(house.say("suppress check gone@a.example tenant=acme stream=transactional"), "ok listed n=1"));
  }
}

TEST(ControlImport, WhatHoldsEverywhereTakesNoStream) {
  ControlHouse house;
  house.snapshots.set(tests::control_snapshot(true));
  EXPECT_TRUE(
      has(house.say({"suppress import format=postmark stream=bulk", "line,address,reason,scope",
                     "1,gone@a.example,hard-bounce,everywhere", "2,left@a.example,unsubscribe,own", "."}),
          "\nreason=hard-bounce tenant=- stream=- n=1\nreason=unsubscribe tenant=acme stream=bulk n=1\n"));
  EXPECT_TRUE(has(house.say({"suppress import format=ses tenant=acme", "line,address,reason,scope",
                             "1,gone@a.example,hard-bounce,everywhere", "."}),
                  "\nreason=hard-bounce tenant=acme stream=- n=1\n"));
}

TEST(ControlImport, OptionsAboutFilesAreForSignpostctl) {
  ControlHouse house;
  for (const char* option : {"columns=address:Email", "ignore=x", "keep-expired=yes", "preview=yes"}) {
    EXPECT_TRUE(has(house.say({std::string("suppress import ") + option, "a@example.net", "."}),
                    "error invalid " + std::string(option).substr(0, std::string(option).find('=')) +
                        "= is for `signpostctl"));
  }
  EXPECT_TRUE(has(house.say({"suppress import", "email,created", "a@example.net,1", "."}),
                  "`signpostctl suppress import"));
}

TEST(ControlImport, PatternsAreReadOrRefused) {
  ControlHouse house;
  EXPECT_TRUE(has(house.say({"suppress import", "*@evil.example", "@*.evil2.example", "@ru", "foo*@x.example",
                             "@*.su", "evil3.example", "a@x.example;b@x.example", "."}),
                  "ok added=3 changed=0 bad=4\n"));
  EXPECT_TRUE(has(house.say("suppress check any@evil.example"), "listed n=1"));
  EXPECT_TRUE(has(house.say("suppress check any@below.evil2.example"), "listed n=1"));
  EXPECT_TRUE(has(house.say("suppress check any@x.su"), "listed n=1"));
  EXPECT_TRUE(has(house.say("suppress add @ru"), "error invalid '@ru' alone"));
  EXPECT_TRUE(has(house.say("suppress add @ru subdomains=yes"), "ok added"));
  EXPECT_TRUE(has(house.say("suppress add @intranet subdomains=no"), "ok added"));
  EXPECT_TRUE(has(house.say("suppress add foo*@x.example"), "error invalid"));
  EXPECT_TRUE(has(house.say("suppress add *@evil5.example"), "ok added"));
  EXPECT_TRUE(has(house.say("suppress check any@evil5.example"), "listed n=1"));
  const std::string exported = house.say("suppress export");
  EXPECT_TRUE(has(exported, "@intranet,manual,,,"));
  std::vector<std::string> lines = {"suppress import"};
  std::istringstream text(exported);
  for (std::string line; std::getline(text, line);) {
    if (line != "ok" && !line.starts_with("end n=") && !line.empty()) lines.push_back(line);
  }
  lines.emplace_back(".");
  EXPECT_TRUE(has(house.say(lines), "added=0 changed=6 bad=0\n"));
}

TEST(ControlImport, ADeletionSaysWhatStillCovers) {
  ControlHouse house;
  house.say("suppress add bob@mail.example.net");
  house.say("suppress add @mail.example.net");
  house.say("suppress add @example.net subdomains=yes");
  EXPECT_EQ(house.say("suppress del bob@mail.example.net"),
            "ok removed=1 covered-by=@example.net,@mail.example.net\n\n");
  EXPECT_EQ(house.say("suppress del bob@mail.example.net"),
            "error not-found the list has no such entry; it is still covered by "
            "@example.net,@mail.example.net\n\n");
  house.say("suppress del @example.net");
  house.say("suppress del @mail.example.net");
  EXPECT_EQ(house.say("suppress del bob@mail.example.net"), "error not-found the list has no such entry\n\n");
}

TEST(ControlImport, AnUnsubscribeWithoutAStreamLeavesTransactionalMail) {
  ControlHouse house;
  house.snapshots.set(tests::control_snapshot(true));
  EXPECT_TRUE(has(house.say("suppress add bob@example.net reason=unsubscribe"), "ok added"));
  EXPECT_EQ(house.say("suppress check bob@example.net stream=transactional"), "ok not-listed\n\n");
  EXPECT_TRUE(has(house.say("suppress check bob@example.net stream=bulk"), "tenant=acme"));
  EXPECT_TRUE(
      has(house.say("suppress add eve@example.net reason=unsubscribe stream=transactional"), "ok added"));
  EXPECT_TRUE(has(house.say("suppress check eve@example.net stream=transactional"),
                  "tenant=acme stream=transactional"));
}

// One rule for single listings and for files: a complaint and the like is a lone tenant's own.
TEST(ControlImport, TheTenantIsAsWithAdd) {
  const struct {
    const char* command;
    std::vector<std::string> lines;
    const char* alone;  ///< the tenant on a site with one
    const char* among;  ///< and with several
  } rows[] = {
      {"reason=complaint", {"bob@example.net"}, "acme", "-"},
      {"reason=complaint tenant=-", {"bob@example.net"}, "-", "-"},
      {"reason=complaint tenant=acme", {"bob@example.net"}, "acme", "acme"},
      {"reason=hard-bounce", {"bob@example.net"}, "-", "-"},
      {"", {"address,reason", "bob@example.net,unsubscribe"}, "acme", "-"},
      {"reason=complaint", {"address,reason", "bob@example.net,trap"}, "-", "-"},
      {"", {"address,reason,tenant", "bob@example.net,complaint,"}, "-", "-"},
      {"", {"address,reason,tenant", "bob@example.net,complaint,acme"}, "acme", "acme"},
      {"tenant=acme", {"address,reason,tenant", "bob@example.net,complaint,"}, "acme", "acme"},
      {"mode=replace reason=soft-bounce", {"bob@example.net"}, "acme", "-"},
  };
  for (const auto& row : rows) {
    for (const bool is_alone : {true, false}) {
      ControlHouse house;
      if (is_alone) house.snapshots.set(tests::control_snapshot(true));
      std::vector<std::string> lines = {std::string("suppress import ") + row.command};
      lines.insert(lines.end(), row.lines.begin(), row.lines.end());
      lines.emplace_back(".");
      ASSERT_TRUE(has(house.say(lines), "added=1 changed=0")) << row.command;
      const std::string tenant = std::string(" tenant=") + (is_alone ? row.alone : row.among) + " ";
      EXPECT_TRUE(has(house.say("suppress list"), tenant)) << row.command << ", alone: " << is_alone;
    }
  }
}

TEST(ControlImport, ReadsWhatExportWrote) {
  ControlHouse house;
  house.say(
      "suppress add bob@example.net reason=complaint tenant=acme stream=bulk ttl=30d note=\"says \\\"no, "
      "thanks\\\"\"");
  house.say("suppress add @example.org subdomains=yes");
  house.say("suppress add \"\\\"john smith\\\"@example.net\" reason=trap");
  const std::string exported = house.say("suppress export");
  std::vector<std::string> lines = {"suppress import"};
  std::istringstream text(exported);
  for (std::string line; std::getline(text, line);) {
    if (line != "ok" && !line.starts_with("end n=") && !line.empty()) lines.push_back(line);
  }
  ASSERT_EQ(lines.size(), 5u) << exported;
  lines.emplace_back(".");
  ControlHouse next;
  next.clock.tick(std::chrono::hours(5));
  EXPECT_TRUE(next.say(lines).starts_with("ok added=3 changed=0 bad=0\n"));
  EXPECT_EQ(next.say("suppress export"), exported);
}

// Whatever is listed: an export is read to the same list, and exported again to the same bytes.
TEST(ControlImport, RoundTripsExactly) {
  std::mt19937 random(17);
  ControlHouse house;
  const std::string locals[] = {"bob", "\"john smith\"", "a+b", "\"a,b\"", "\xC3\xBC"};
  const std::string notes[] = {"", "plain", "a, \"b\"", " blank at both ends ", "\xE2\x82\xAC"};
  for (int i = 0; i < 300; ++i) {
    policy::Listing one;
    const std::string domain = "d" + std::to_string(random() % 40) + ".example.net";
    one.subdomains = random() % 8 == 0;
    one.address = one.subdomains ? "@" + domain : locals[random() % 5] + "@" + domain;
    one.reason = policy::kReasons[random() % std::size(policy::kReasons)];
    if (random() % 2 == 0) one.tenant = "acme";
    if (!one.tenant.empty() && random() % 2 == 0) one.stream = "bulk";
    one.since = base::Wall(std::chrono::milliseconds(random()));
    if (random() % 3 == 0) one.until = base::Wall(std::chrono::milliseconds(1'700'000'000'000 + random()));
    one.note = notes[random() % 5];
    ASSERT_TRUE(house.store->suppressions().add(one)) << one.address;
  }
  const std::string exported = house.say("suppress export");
  std::vector<std::string> lines = {"suppress import"};
  std::istringstream text(exported);
  for (std::string line; std::getline(text, line);) {
    if (line != "ok" && !line.starts_with("end n=") && !line.empty()) lines.push_back(line);
  }
  lines.emplace_back(".");
  ControlHouse next;
  const std::string answer = next.say(lines);
  EXPECT_TRUE(has(answer, " changed=0 bad=0\n")) << answer;
  EXPECT_EQ(next.say("suppress export"), exported);
}

TEST(ControlImport, CommitsMoreThanOneBatch) {
  ControlHouse house;
  std::vector<std::string> lines = {"suppress import"};
  for (int i = 0; i < 10'001; ++i) lines.push_back("user" + std::to_string(i) + "@example.net");
  lines.emplace_back(".");
  EXPECT_TRUE(house.say(lines).starts_with("ok added=10001 changed=0 bad=0\n"));
}

}  // namespace
}  // namespace signpost::daemon::commands
