// Tables of mail servers and list servers: which of their lines say who must not get mail.
#include "importers/map_records.h"

#include "tests/importers/support.h"

namespace signpost::importers {
namespace {

using tests::import_sample;
using tests::import_text;
using tests::Imported;
using Items = std::vector<std::string>;

Imported import_as(const std::string& text, const char* format, std::optional<policy::Reason> reason = {}) {
  ReadOptions options;
  options.format = format;
  options.reason = reason;
  return import_text(text, options);
}

bool warns(const Imported& imported, const char* word) {
  return std::any_of(imported.summary.warnings.begin(), imported.summary.warnings.end(),
                     [&](const std::string& warning) { return warning.find(word) != std::string::npos; });
}

TEST(MapRecords, AreSplitAsPostfixDoes) {
  const struct {
    const char* text;
    Items cells;
    std::size_t bytes;
  } kCases[] = {
      {"a@x REJECT\n", {"a@x", "reject", "", ""}, 11},
      {"a@x\tREJECT  go away \r\n", {"a@x", "reject", "", "go away"}, 22},
      {"a@x 550 5.1.1 gone\nb@x OK\n", {"a@x", "5nn", "5.1.1", "5.1.1 gone"}, 19},
      {"a@x 550\n", {"a@x", "ok", "", ""}, 8},
      {"a@x 1700000000\n", {"a@x", "ok", "", ""}, 15},
      {"a@x 450 5.1 gone\n", {"a@x", "4nn", "", "5.1 gone"}, 17},
      {"a@x\n  REJECT\n# x\n\n\tgone\nb@x OK\n", {"a@x", "reject", "", "gone"}, 24},
      {"\"a b@x\" OK", {"a b@x", "ok", "", ""}, 10},
      {"\"a\"@x OK", {"\"a\"@x", "ok", "", ""}, 8},
      {"# remark\na@x OK\n", {}, 9},
      {"\n", {}, 1},
  };
  for (const auto& one : kCases) {
    Record record;
    const auto taken = parse_map_record(one.text, true, false, record);
    ASSERT_TRUE(taken) << one.text;
    EXPECT_EQ(record.cells, one.cells) << one.text;
    EXPECT_EQ(record.fault, "") << one.text;
    EXPECT_EQ(taken->bytes, one.bytes) << one.text;
  }
}

TEST(MapRecords, FaultsAndLimits) {
  Record record;
  for (const char* text : {"a@x\n", "  a@x OK\n", "\"\" OK\n", "a@x \x01 OK\n"}) {
    ASSERT_TRUE(parse_map_record(text, true, false, record));
    EXPECT_NE(record.fault, "") << text;
  }
  // Whether the record goes on is not known yet.
  EXPECT_EQ(parse_map_record("a@x OK\n", false, false, record)->bytes, 0u);
  EXPECT_EQ(parse_map_record("a@x OK", false, false, record)->bytes, 0u);
  EXPECT_EQ(parse_map_record("a@x OK\nb", false, false, record)->bytes, 7u);
  EXPECT_FALSE(parse_map_record(std::string(3 * kMaxRecord, 'x'), false, false, record));
  std::string comments = "a@x OK\n";
  for (int i = 0; i < 100'000; ++i) comments += "# remark\n";
  const auto taken = parse_map_record(comments, true, false, record);
  ASSERT_TRUE(taken);
  EXPECT_LT(taken->bytes, kMaxRecord);
}

TEST(MapRecords, AnAccessTableRefusesRecipients) {
  const std::string text = import_sample("access");
  const Imported imported = import_as(text, "postfix-access");
  EXPECT_EQ(imported.refusal, "");
  EXPECT_EQ(imported.items,
            (Items{"gone@a.example manual everywhere", "left@a.example manual everywhere",
                   "dead@a.example hard-bounce everywhere", "ignored", "@evil.example manual everywhere",
                   "@below.example manual everywhere", "quoted@a.example manual everywhere", "ignored",
                   "ignored", "ignored", "ignored", "bad", "bad", "bad", "bad", "bad", "bad"}));
  EXPECT_EQ(imported.whole[1].note, "5.7.1 asked to be left");
  EXPECT_EQ(imported.whole[2].note, "5.1.1 no such user");
  EXPECT_EQ(imported.whole[3].number, 7u);
  EXPECT_EQ(imported.whole[4].subdomains, "");
  EXPECT_EQ(imported.whole[5].subdomains, "yes");
  EXPECT_NE(imported.whole[11].why.find("any domain"), std::string::npos);
  EXPECT_NE(imported.whole[12].why.find("a host or a network"), std::string::npos);
  EXPECT_NE(imported.whole[14].why.find("regular expression"), std::string::npos);
  EXPECT_NE(imported.whole[16].why.find("restriction_class"), std::string::npos);
  EXPECT_TRUE(warns(imported, "4nn 1, discard 1, dunno 1, ok 2"));
  EXPECT_TRUE(warns(imported, "check_recipient_access"));
  EXPECT_TRUE(warns(imported, "1 domains are listed without the names below"));
  EXPECT_EQ(import_as(text, "postfix-access", policy::Reason::unsubscribe).items[0],
            "gone@a.example unsubscribe own");
  EXPECT_EQ(import_as(text, "postfix-access", policy::Reason::unsubscribe).items[2],
            "dead@a.example hard-bounce everywhere");
}

TEST(MapRecords, WhatATableLetsThroughIsAskedFor) {
  const std::string text = import_sample("access");
  const Imported imported = import_as(text, "postfix-access-ok");
  EXPECT_EQ(imported.summary.entries, 2u);
  EXPECT_EQ(imported.items[0], "ignored");
  EXPECT_EQ(imported.items[7], "kept@a.example allow own");
  EXPECT_NE(import_as(text, "postfix-access", policy::Reason::allow).refusal.find("must not get mail"),
            std::string::npos);
  EXPECT_EQ(import_as("[192.0.2.1] REJECT\na@a.example REJECT\n", "postfix-access").items,
            (Items{"bad", "a@a.example manual everywhere"}));
}

TEST(MapRecords, HoweverTheBytesArrive) {
  const std::string text = import_sample("access");
  ReadOptions options;
  options.format = "postfix-access";
  std::vector<std::vector<std::string>> all;
  for (const std::size_t piece : {1u, 7u, 64u, 100'000u}) {
    auto file = ImportFile::open(tests::reader_of(text, piece), options);
    ASSERT_TRUE(file);
    std::vector<std::string> lines;
    ASSERT_TRUE(file->lines([&](std::string_view line) {
      lines.emplace_back(line);
      return true;
    }));
    all.push_back(std::move(lines));
  }
  for (const auto& lines : all) EXPECT_EQ(lines, all.front());
}

TEST(MapRecords, ListsOfSendersAreTakenOnlyByName) {
  const std::string sympa = import_sample("sympa-blocklist.txt");
  const Imported imported = import_as(sympa, "sympa-blocklist");
  EXPECT_EQ(imported.items, (Items{"@evil.example manual own", "spam@b.example manual own", "bad", "bad"}));
  EXPECT_TRUE(warns(imported, "a list of senders"));
  const std::string bans = import_sample("mailman-bans.json");
  const Imported refused = import_text(bans);
  EXPECT_NE(refused.refusal.find("format=mailman-bans"), std::string::npos) << refused.refusal;
  const Imported named = import_as(bans, "mailman-bans");
  EXPECT_EQ(named.items, (Items{"spam@a.example manual own", "bad"}));
  EXPECT_EQ(named.whole[0].note, "news.lists.example");
  EXPECT_TRUE(warns(named, "a list of senders"));
  // Members are people who receive mail.
  EXPECT_EQ(import_text("{\"entries\":[{\"address\":\"x\",\"email\":\"a@a.example\",\"role\":\"member\","
                        "\"self_link\":\"x\",\"http_etag\":\"y\"}]}")
                .refusal.find("mailman-bans"),
            std::string::npos);
}

}  // namespace
}  // namespace signpost::importers
