// What other services export: each sample in tests/data/import is known by its header line, and its words and
// times are understood.
#include "daemon/commands/import_formats.h"

#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "daemon/commands/entries.h"
#include "tests/daemon/commands/support.h"
#include "tests/support/source_dir.h"

namespace signpost::daemon::commands {
namespace {

std::vector<std::string> import_lines(const std::string& file, const std::string& command) {
  std::vector<std::string> lines = {command};
  std::ifstream in(tests::source_dir() + "/tests/data/import/" + file, std::ios::binary);
  EXPECT_TRUE(in) << file;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  lines.emplace_back(".");
  return lines;
}

/// "address reason" of all that is listed.
std::map<std::string, std::string> listed(tests::ControlHouse& house) {
  std::map<std::string, std::string> reasons;
  EXPECT_TRUE(house.store->suppressions().for_each({}, [&](const policy::Listing& listing) {
    reasons.emplace(listing.address, policy::reason_word(listing.reason));
    return true;
  }));
  return reasons;
}

TEST(ImportFormats, EverySampleIsReadWhole) {
  const std::pair<const char*, std::map<std::string, std::string>> cases[] = {
      {"amazon-ses.csv", {{"bounced@example.net", "hard-bounce"}, {"complained@example.net", "complaint"}}},
      {"sendgrid-bounces.csv", {{"bounced@example.net", "hard-bounce"}}},
      {"sendgrid-unsubscribes.csv", {{"left@example.net", "unsubscribe"}}},
      {"sendgrid-spam-reports.csv", {{"complained@example.net", "complaint"}}},
      {"mailgun-bounces.csv", {{"bounced@example.net", "hard-bounce"}}},
      {"mailgun-unsubscribes.csv", {{"left@example.net", "unsubscribe"}}},
      {"mailgun-complaints.csv", {{"complained@example.net", "complaint"}}},
      {"postmark.csv",
       {{"bounced@example.net", "hard-bounce"},
        {"complained@example.net", "complaint"},
        {"kept-out@example.net", "manual"}}},
      {"sparkpost.csv",
       {{"bounced@example.net", "hard-bounce"},
        {"left@example.net", "unsubscribe"},
        {"complained@example.net", "complaint"},
        {"kept-out@example.net", "manual"}}},
      {"postal.csv", {{"full@example.net", "soft-bounce"}, {"bounced@example.net", "hard-bounce"}}},
      {"own.tsv", {{"bounced@example.net", "hard-bounce"}}},
      {"own.csv", {{"bounced@example.net", "hard-bounce"}, {"@example.org", "manual"}}},
      {"plain.txt", {{"bounced@example.net", "manual"}, {"other@example.net", "manual"}}},
  };
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(tests::source_dir() + "/tests/data/import"))
    files += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(files, std::size(cases)) << "a sample without a case";
  for (const auto& [file, expected] : cases) {
    tests::ControlHouse house;
    const std::string answer = house.say(import_lines(file, "suppress import"));
    EXPECT_TRUE(answer.starts_with("ok added=" + std::to_string(expected.size()) + " changed=0 bad=0\n"))
        << file << ": " << answer;
    EXPECT_EQ(listed(house), expected) << file;
  }
}

TEST(ImportFormats, TheTimeAndTheTextComeAlong) {
  const char* files[] = {"amazon-ses.csv", "sendgrid-bounces.csv", "mailgun-bounces.csv",
                         "postmark.csv",   "sparkpost.csv",        "postal.csv"};
  for (const char* file : files) {
    tests::ControlHouse house;
    house.say(import_lines(file, "suppress import"));
    const auto found = house.store->suppressions().at("bounced@example.net");
    ASSERT_TRUE(found && found->size() == 1) << file;
    EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(found->front().since),
              *base::parse_time("2024-03-01T10:00:00Z"))
        << file;
  }
  tests::ControlHouse house;
  house.say(import_lines("mailgun-bounces.csv", "suppress import"));
  EXPECT_EQ(house.store->suppressions().at("bounced@example.net")->front().note,
            "No such mailbox \"bounced\"");
}

TEST(ImportFormats, AReasonGivenToTheCommandCountsWhereTheFileHasNone) {
  tests::ControlHouse house;
  house.say(import_lines("sendgrid-bounces.csv", "suppress import reason=soft-bounce"));
  EXPECT_EQ(listed(house), (std::map<std::string, std::string>{{"bounced@example.net", "soft-bounce"}}));
}

TEST(ImportFormats, AnUnknownReasonIsABadLine) {
  tests::ControlHouse house;
  const std::string answer = house.say(
      {"suppress import", "EmailAddress,Reason,LastUpdateTime", "a@example.net,OTHER,2024-03-01", "."});
  EXPECT_TRUE(answer.starts_with("ok added=0 changed=0 bad=1\nline=2 error=")) << answer;
}

TEST(ImportFormats, ReadsForeignTimes) {
  const std::string expected = "2024-03-01T10:00:00.000Z";
  for (const char* text :
       {"2024-03-01T10:00:00Z", "2024-03-01 10:00:00", "2024-03-01T12:00:00+02:00",
        "2024-03-01T05:00:00-0500", "1709287200", "1709287200.9", "Fri, 01 Mar 2024 10:00:00 GMT",
        "1 Mar 2024 10:00:00 +0000", "2024-03-01 10:00:00 UTC"}) {
    const auto time = parse_foreign_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(base::format_time(*time), base::format_time(*base::parse_time(expected))) << text;
  }
  for (const char* text : {"", "soon", "2024-13-01", "Fri, 01 Foo 2024 10:00:00 GMT", "2024-03-01T10:00:00+2",
                           "999999999999999", "-5", "1 2 3 4"}) {
    EXPECT_FALSE(parse_foreign_time(text)) << text;
  }
}

}  // namespace
}  // namespace signpost::daemon::commands
