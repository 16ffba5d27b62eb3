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
    const auto taken = parse_map_record(one.text, true, MapKind::postfix, false, record);
    ASSERT_TRUE(taken) << one.text;
    EXPECT_EQ(record.cells, one.cells) << one.text;
    EXPECT_EQ(record.fault, "") << one.text;
    EXPECT_EQ(taken->bytes, one.bytes) << one.text;
  }
}

TEST(MapRecords, FaultsAndLimits) {
  Record record;
  for (const char* text : {"a@x\n", "  a@x OK\n", "\"\" OK\n", "a@x \x01 OK\n"}) {
    ASSERT_TRUE(parse_map_record(text, true, MapKind::postfix, false, record));
    EXPECT_NE(record.fault, "") << text;
  }
  // Whether the record goes on is not known yet.
  EXPECT_EQ(parse_map_record("a@x OK\n", false, MapKind::postfix, false, record)->bytes, 0u);
  EXPECT_EQ(parse_map_record("a@x OK", false, MapKind::postfix, false, record)->bytes, 0u);
  EXPECT_EQ(parse_map_record("a@x OK\nb", false, MapKind::postfix, false, record)->bytes, 7u);
  EXPECT_FALSE(parse_map_record(std::string(3 * kMaxRecord, 'x'), false, MapKind::postfix, false, record));
  std::string comments = "a@x OK\n";
  for (int i = 0; i < 100'000; ++i) comments += "# remark\n";
  const auto taken = parse_map_record(comments, true, MapKind::postfix, false, record);
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

TEST(MapRecords, AreSplitAsSendmailDoes) {
  const struct {
    const char* text;
    Items cells;
  } kCases[] = {
      {"To:a@x\tREJECT\n", {"a@x", "reject", "", ""}},
      {"a@x ERROR:5.1.1:\"550 no such user\"\n", {"a@x", "5nn", "5.1.1", "5.1.1 no such user"}},
      {"to:a@x error:550 5.1.1 gone", {"a@x", "5nn", "5.1.1", "5.1.1 gone"}},
      {"a@x ERROR:\"550 gone\"", {"a@x", "5nn", "", "gone"}},
      {"a@x ERROR:4.2.1:later", {"a@x", "4nn", "4.2.1", "4.2.1 later"}},
      {"a@x ERROR:go away", {"a@x", "5nn", "", "go away"}},
      {"a@x 550 We don't", {"a@x", "5nn", "", "We don't"}},
      {"a@x 450", {"a@x", "4nn", "", ""}},
      {"a@x QUARANTINE:look at it", {"a@x", "quarantine", "", ""}},
      {"a@x OK\n  more\n", {"a@x", "ok", "", ""}},
      {"From:a@x REJECT", {"a@x", "from", "", ""}},
      {"GreetPause: 5000", {"", "greetpause", "", ""}},
      {"# remark\n", {}},
  };
  for (const auto& one : kCases) {
    Record record;
    ASSERT_TRUE(parse_map_record(one.text, true, MapKind::sendmail, false, record)) << one.text;
    EXPECT_EQ(record.cells, one.cells) << one.text;
    EXPECT_EQ(record.fault, "") << one.text;
  }
  Record record;
  for (const char* text : {"a@x", "To:\tREJECT", "  a@x REJECT", "a@x :"}) {
    ASSERT_TRUE(parse_map_record(text, true, MapKind::sendmail, false, record)) << text;
    EXPECT_NE(record.fault, "") << text;
    EXPECT_TRUE(record.cells.empty()) << text;
  }
}

TEST(MapRecords, ASendmailMapRefusesRecipients) {
  const Imported imported = import_as(
      "To:gone@a.example\tERROR:5.1.1:\"550 no such user\"\n"
      "From:spam@b.example\tREJECT\n"
      "Connect:192.0.2\tRELAY\n"
      "# remark\n"
      "bad.example\tREJECT\n"
      "To:left@a.example\tERROR:5.7.1:\"550 asked\"\n"
      "late@a.example\tERROR:4.2.1:\"450 later\"\n"
      "user@\tREJECT\n"
      "192.0.2.7\tREJECT\n"
      "To:friend@a.example\tOK\n"
      "Frmo:x@a.example\tREJECT\n",
      "sendmail-access");
  EXPECT_EQ(imported.refusal, "");
  EXPECT_EQ(imported.items, (Items{"gone@a.example hard-bounce everywhere", "ignored", "ignored",
                                   "@bad.example manual everywhere", "left@a.example manual everywhere",
                                   "ignored", "bad", "bad", "ignored", "bad"}));
  EXPECT_EQ(imported.whole[3].subdomains, "yes");
  EXPECT_EQ(imported.whole[0].note, "5.1.1 no such user");
  EXPECT_TRUE(warns(imported, "4nn 1, connect 1, from 1, ok 1")) << imported.summary.warnings.back();
  EXPECT_TRUE(warns(imported, "blocklist_recipients"));
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
