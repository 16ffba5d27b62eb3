// The table for Postfix: made anew here, and asked as Postfix asks it (POSIX extended expressions, case does not count); and the
// live answer, which must agree with it. A real Postfix asks both in tests/e2e/delivery_filter_e2e.py.
#include "feedback/waiting.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/text.h"
#include "feedback/rules.h"
#include "tests/support/source_dir.h"

namespace signpost::feedback {
namespace {

std::vector<std::regex> expressions_of(const std::string& table) {
  std::vector<std::regex> expressions;
  for (const std::string_view line : base::split(table, '\n')) {
    if (!line.starts_with('/')) continue;
    const std::size_t end = line.rfind("/  4$1");
    expressions.emplace_back(std::string(line.substr(1, end - 1)), std::regex::extended | std::regex::icase);
  }
  return expressions;
}

/// What Postfix makes of "5.7.1 text"; empty: it stays as it is.
std::string asked(const std::string& table, const std::string& query) {
  for (const std::regex& expression : expressions_of(table)) {
    std::smatch match;
    if (std::regex_search(query, match, expression)) return "4" + match[1].str();
  }
  return {};
}

TEST(Waiting, TheFileIsMadeFromTheRules) {
  const std::string path = tests::source_dir() + "/contrib/postfix/reputation.regexp";
  const std::string table = format_delivery_filter();
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << table;
  std::ifstream file(path, std::ios::binary);
  const std::string kept{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_EQ(table, kept) << "UPDATE_GOLDEN=1 writes it anew";
}

TEST(Waiting, RefusalsOfTheSenderWait) {
  const std::string table = format_delivery_filter();
  const std::string s3150 =
      ".7.1 host mx.example.org[192.0.2.9] said: 550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't "
      "sent. "
      "Please contact your Internet service provider since part of their network is on our block list "
      "(S3150).";
  EXPECT_EQ(asked(table, "5" + s3150), "4" + s3150);
  for (const char* query :
       {"5.7.1 host mx.example.org[192.0.2.9] refused to talk to me: 554 5.7.1 blocked using "
        "zen.spamhaus.org",
        "5.7.2 host mx.example.org said: 553 5.7.2 [TSS09] All messages from 192.0.2.1 will be permanently "
        "deferred",
        "5.7.1 said: 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
        "5.0.0 said: 550 Ip frequency limited. http://service.mail.qq.com/"})
    EXPECT_TRUE(asked(table, query).starts_with("4.")) << query;
}

TEST(Waiting, NothingElseDoes) {
  const std::string table = format_delivery_filter();
  for (const char* query :
       {"5.1.1 said: 550 5.1.1 <a@example.org>: Recipient address rejected: User unknown",
        "5.1.1 said: 550 5.1.1 No such user; see spamhaus.org", "5.2.1 said: 550 5.2.1 account disabled",
        "5.4.4 Host or domain name not found. Name service error for name=absorbs.example type=A: Host not "
        "found",
        "5.5.0 host mx1.bl.spamcop.net[192.0.2.9] said: 550 No such user",
        // The names of Microsoft's data centres begin like Yahoo's codes.
        "5.4.1 said: 550 5.4.1 Recipient address rejected: Access denied "
        "[BL2NAM02FT061.eop-nam02.prod.outlook.com]",
        "5.7.1 said: 550 5.7.1 message content rejected", "2.0.0 250 2.0.0 Ok, scanned with spamhaus data",
        "4.7.1 said: 450 4.7.1 blocked using zen.spamhaus.org"})
    EXPECT_EQ(asked(table, query), "") << query;
}

TEST(Waiting, TheLiveAnswerAgreesWithTheTable) {
  const std::vector<std::regex> expressions = expressions_of(format_delivery_filter());
  std::size_t waiting = 0;
  for (const Rule& rule : text_rules()) {
    for (const char* code : {"5.0.0", "5.1.1", "5.2.2", "5.3.0", "5.4.1", "5.5.0", "5.6.0", "5.7.1",
                             "5.7.515", "5.8.0", "5.7", "4.7.1", "2.0.0"}) {
      for (const char* by : {"host mx.example.org[192.0.2.9] said: ",
                             "host mx.example.org[192.0.2.9] refused to talk to me: ", "unable to say: "}) {
        const std::string query =
            std::string(code) + " " + by + std::string(rule.example) + " (in reply to RCPT TO command)";
        const bool by_table =
            std::any_of(expressions.begin(), expressions.end(),
                        [&](const std::regex& expression) { return std::regex_search(query, expression); });
        EXPECT_EQ(find_waiting_rule(query) != nullptr, by_table) << rule.name << ": " << query;
        waiting += by_table ? 1 : 0;
      }
    }
  }
  EXPECT_GT(waiting, 0u);
}

TEST(Waiting, TheLiveAnswerReadsOverTheEndsOfLines) {
  const Rule* rule = find_waiting_rule(
      "5.7.1 host mx.example.org[192.0.2.9] said: 550-5.7.1 Part of their network 550-5.7.1 is on our block "
      "list "
      "550 5.7.1 of today (in reply to MAIL FROM command)");
  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(rule->name, "microsoft-blocklist");
}

TEST(Waiting, TheLiveAnswerCountsOnlyWhatAServerSaid) {
  EXPECT_EQ(find_waiting_rule("5.5.0 host mx1.bl.spamcop.net[192.0.2.9] said: 550 No such user"), nullptr);
  EXPECT_EQ(find_waiting_rule("5.4.4 Name service error for name=spamhaus.org"), nullptr);
  for (const char* query :
       {"", "5", "5.7", "5.7.", "5.7.1", "5.7.1 ", "5.7.x said: spamhaus.org", "said: spamhaus.org"})
    EXPECT_EQ(find_waiting_rule(query), nullptr) << query;
  EXPECT_EQ(find_said("5.7.1 host a[b] said: 550 no"), "550 no");
  EXPECT_EQ(find_said("5.7.1 host a[b] refused to talk to me: 554 he said: no"), "554 he said: no");
  EXPECT_EQ(find_said("4.4.1 connect to a[b]: Connection timed out"), "");
}

/// The table knows no provider, no code and no exception, so the rules in it may not either.
TEST(Waiting, TheTableCanSayAllThatItsRulesSay) {
  for (const Rule& rule : text_rules()) {
    if (!rule.waits) continue;
    EXPECT_EQ(rule.provider, Provider::any) << rule.name;
    EXPECT_TRUE(rule.status.empty() && rule.unless.empty()) << rule.name;
    EXPECT_EQ(rule.texts.find_first_of("*$"), std::string_view::npos) << rule.name;
  }
}

TEST(Waiting, OnlyRefusalsOfTheSenderAreMarked) {
  for (const Rule& rule : text_rules()) EXPECT_TRUE(!rule.waits || rule.result == Class::block) << rule.name;
}

}  // namespace
}  // namespace signpost::feedback
