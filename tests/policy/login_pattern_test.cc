// Patterns of logins and senders: what they match, who wins, what is refused.
#include "policy/login_pattern.h"

#include <string>

#include <gtest/gtest.h>

namespace signpost::policy {
namespace {

LoginPattern pattern(const char* text, LoginCase login_case = LoginCase::folded) {
  return *parse_login_pattern(text, login_case);
}

TEST(LoginPattern, MatchesOneOrAllOfADomain) {
  const struct {
    const char* pattern;
    const char* login;
    bool folded;
    bool exact;
  } kCases[] = {
      {"acme-app", "acme-app", true, true},
      {"acme-app", "ACME-App", true, false},
      {"Acme", "acme", true, false},
      {"acme-app", "acme-app2", false, false},
      {"ann@acme.example", "ann@acme.example", true, true},
      {"ann@acme.example", "Ann@acme.example", true, false},
      {"ann@acme.example", "ann@ACME.Example", true, true},
      {"@acme.example", "ann@acme.example", true, true},
      {"*@acme.example", "Ann@Acme.EXAMPLE.", true, true},
      {"@acme.example", "ann@sub.acme.example", false, false},
      {"@acme.example", "ann@evilacme.example", false, false},
      {"@acme.example", "acme.example", false, false},
      {"@acme.example", "ann@acme.example@other.example", false, false},
      {"@acme.example", "ann@other.example@acme.example", true, true},
      {"@m\xC3\xA4"
       "chine.example",
       "ann@xn--mchine-bua.example", true, true},
      {"j\xC3\xB6rg", "jo\xCC\x88rg", true, false},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(matches(pattern(test.pattern), test.login), test.folded) << test.pattern << " " << test.login;
    EXPECT_EQ(matches(pattern(test.pattern, LoginCase::exact), test.login), test.exact)
        << test.pattern << " " << test.login;
  }
}

TEST(LoginPattern, RefusesWhatWouldMatchNothing) {
  for (const char* text : {"", "*", "@", "*@", "ac*", "*acme", "a*@acme.example", "**@acme.example",
                           "@*.example", "*@acme..example", "@acme.example*", "a\nb"}) {
    const auto parsed = parse_login_pattern(text, LoginCase::folded);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().text.find("expected a login"), std::string::npos);
  }
}

TEST(LoginPattern, TellsEqualClaims) {
  EXPECT_EQ(claim_of(pattern("@acme.example")), claim_of(pattern("*@ACME.example")));
  EXPECT_EQ(claim_of(pattern("Shop")), claim_of(pattern("shop", LoginCase::exact)));
  EXPECT_EQ(claim_of(pattern("SHOP", LoginCase::exact)), claim_of(pattern("shop", LoginCase::exact)));
  EXPECT_NE(claim_of(pattern("ann@acme.example")), claim_of(pattern("@acme.example")));
}

TEST(LoginTable, TheMoreExactPatternWins) {
  LoginTable table;
  table.add(pattern("@acme.example"), 0);
  table.add(pattern("bob@acme.example"), 1);
  table.add(pattern("Crm@acme.example", LoginCase::exact), 2);
  table.add(pattern("shop"), 3);
  table.add(pattern("shop"), 4);
  EXPECT_EQ(table.find("ann@acme.example"), 0U);
  EXPECT_EQ(table.find("BOB@acme.example"), 1U);
  EXPECT_EQ(table.find("Crm@ACME.example"), 2U);
  EXPECT_EQ(table.find("crm@acme.example"), 0U);
  EXPECT_EQ(table.find("SHOP"), 3U);
  EXPECT_EQ(table.find("shop2"), std::nullopt);
  EXPECT_EQ(table.find(""), std::nullopt);
  EXPECT_EQ(table.find("@"), std::nullopt);
}

TEST(LoginKey, SixteenSpellingsAreOneLogin) {
  for (unsigned bits = 0; bits < 16; ++bits) {
    std::string login = "shop";
    for (unsigned i = 0; i < 4; ++i) {
      if (bits >> i & 1) login[i] = static_cast<char>(login[i] - 32);
    }
    EXPECT_EQ(login_key(login, LoginCase::folded), "shop");
    EXPECT_EQ(login_key(login, LoginCase::exact), login);
  }
}

TEST(SenderPattern, MatchesOneSomeOrAllOfADomain) {
  const struct {
    const char* pattern;
    const char* sender;
    bool matches;
  } kCases[] = {
      {"ann@acme.example", "Ann@ACME.example", true},
      {"ann@acme.example", "anna@acme.example", false},
      {"news-*@acme.example", "news-bounces+bob=x.example@acme.example", true},
      {"news-*@acme.example", "news@acme.example", false},
      {"*@sub.acme.example", "ann@sub.acme.example", true},
      {"@sub.acme.example", "ann@sub.acme.example", true},
      {"*@sub.acme.example", "ann@acme.example", false},
      {"*@acme.example", "ann@sub.acme.example", false},
      {"\"john s\"*@acme.example", "\"John Smith\"@acme.example", true},
  };
  for (const auto& test : kCases) {
    const auto parsed = parse_sender_pattern(test.pattern);
    ASSERT_TRUE(parsed) << test.pattern;
    EXPECT_EQ(matches(*parsed, *mail::parse_address(test.sender)), test.matches)
        << test.pattern << " " << test.sender;
    EXPECT_EQ(parse_sender_pattern(format_sender_pattern(*parsed)), *parsed) << test.pattern;
  }
}

TEST(SenderPattern, RefusesTheRest) {
  for (const char* text : {"", "ann", "ann@", "*", "@", "a*b@acme.example", "*a@acme.example",
                           "ann@*.example", "ann@acme.*", "**@acme.example", "a\nb@acme.example"}) {
    EXPECT_FALSE(parse_sender_pattern(text)) << text;
  }
}

}  // namespace
}  // namespace signpost::policy
