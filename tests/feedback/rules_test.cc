// Every rule decides its own example and each of its alternatives; codes mean what the RFCs say; and what must never make an
// address dead does not.
#include "feedback/rules.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/text.h"

namespace signpost::feedback {
namespace {

TEST(Rules, EachDecidesItsExample) {
  for (const Rule& rule : text_rules()) {
    const Classification found = judge_text({rule.example, "", rule.provider});
    EXPECT_EQ(found.rule, rule.name) << rule.example;
    EXPECT_EQ(found.result, rule.result) << rule.example;
    EXPECT_EQ(found.reason, rule.reason) << rule.example;
  }
}

TEST(Rules, NamesAreUniqueAndTextsAreInTheFormThatIsSearched) {
  std::set<std::string_view> names;
  for (const Rule& rule : text_rules()) {
    EXPECT_TRUE(names.insert(rule.name).second) << rule.name;
    for (const std::string_view text : base::split(rule.texts, '|')) {
      EXPECT_GE(text.size(), 3U) << rule.name;
      EXPECT_EQ(base::lower(text), text) << rule.name;
      EXPECT_EQ(text.find("  "), std::string_view::npos) << rule.name << ": " << text;
    }
  }
}

// An alternative that an earlier row takes for something else could never work as its row says.
TEST(Rules, NoAlternativeIsHiddenByAnEarlierRow) {
  for (const Rule& rule : text_rules()) {
    if (!rule.status.empty()) continue;
    for (const std::string_view alternative : base::split(rule.texts, '|')) {
      std::string text;
      for (const char c : alternative)
        text += c == '*' ? std::string(" x ") : c == '$' ? std::string() : std::string(1, c);
      EXPECT_EQ(judge_text({text, "", rule.provider}).result, rule.result)
          << rule.name << ": " << alternative;
    }
  }
}

struct Case {
  const char* text;
  Class result;
  const char* reason;
  const char* status = "";
  Provider provider = Provider::any;
};

void expect(const Case& row) {
  const Evidence evidence{row.text, row.status, row.provider};
  Classification found = judge_text(evidence);
  if (found.rule == "none") found = judge_codes(evidence);
  EXPECT_EQ(class_word(found.result), class_word(row.result)) << row.text << ": " << found.rule;
  EXPECT_EQ(found.reason, row.reason) << row.text << ": " << found.rule;
}

TEST(Rules, TextGoesBeforeCodes) {
  for (const Case& row : {
           Case{"550 5.1.1 <a@example.org> - mailbox is full", Class::soft, "mailbox-full"},
           Case{"550 5.1.1 192.0.2.1 has sent to too many recipients this hour", Class::block, "rate"},
           Case{"450 4.1.1 <a@example.org>: Recipient address rejected: User unknown", Class::hard,
                "no-such-user"},
           Case{"553 5.7.2 [TSS09] All messages from 192.0.2.1 will be permanently deferred", Class::block,
                "reputation"},
           Case{"550-5.1.1 The email account that you tried to reach does 550-5.1.1 not exist. gsmtp",
                Class::hard, "no-such-user"},
       })
    expect(row);
}

TEST(Rules, TheProviderDecidesWhatACodeMeans) {
  for (const Case& row : {
           Case{"550 5.2.1 The email account that you tried to reach is disabled", Class::hard, "disabled",
                "", Provider::google},
           Case{"550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents",
                Class::soft, "recipient-rate", "", Provider::google},
           Case{"550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", Class::hard,
                "no-such-user", "", Provider::microsoft},
           Case{"554 5.7.1 Recipient address rejected: Access denied", Class::block, "policy"},
           Case{"550 5.5.0 Requested action not taken: mailbox unavailable", Class::hard, "no-such-user", "",
                Provider::microsoft},
           Case{"450 Requested mail action not taken: mailbox unavailable", Class::soft, "unknown"},
       })
    expect(row);
}

TEST(Rules, NeverDeadByAPolicyCodeOrBeforeTheRecipient) {
  for (const Case& row : {
           Case{"550 5.7.1 <a@example.org>: No such user here", Class::block, "policy"},
           Case{"550 User unknown", Class::block, "policy", "5.7.1"},
           Case{"SMTP error from remote mail server after MAIL FROM:<b@shop.example>: 550 no such domain",
                Class::block, "policy"},
           Case{"host mx.example.org refused to talk to me: 554 unknown user", Class::block, "policy"},
           Case{"550 5.7.27 Host does not accept mail", Class::hard, "no-mail-accepted"},
       })
    expect(row);
}

TEST(Rules, WhatConcernsTheSenderIsNoDeadAddress) {
  for (const Case& row : {
           Case{"550 coolexample.com From: Domain is invalid. Provide a valid From: IB506", Class::block,
                "sender-address"},
           Case{"550 5.7.510 Access denied, contoso.example does not accept email over IPv6", Class::block,
                "policy"},
           Case{"550 HELO host not found", Class::block, "dns"},
           Case{"550 sender email address rejected", Class::block, "sender-address"},
           Case{"501 5.5.4 Invalid domain name", Class::block, "policy"},
           Case{"553 5.1.8 <b@shop.example>: Domain does not exist", Class::block, "policy"},
           Case{"550 This user does not accept email from <b@shop.example>", Class::block, "sender-address"},
           Case{"550 Your mail server 192.0.2.1 does not exist in DNS", Class::block, "dns"},
           Case{"550-Requested action not taken: mailbox unavailable 550 Reject due to policy restrictions.",
                Class::block, "policy"},
       })
    expect(row);
}

TEST(Rules, WhatMayPassIsNoDeadAddress) {
  for (const Case& row : {
           Case{"550 5.2.1 Account temporarily disabled", Class::soft, "inactive"},
           Case{"450 4.1.2 <a@example.org>: Recipient address rejected: Domain not found", Class::soft,
                "network"},
           Case{"550 Unrouteable address: DNS lookup deferred, try again", Class::soft, "network"},
           Case{"451 Recipient verification temporarily unavailable: user not found in cache", Class::soft,
                "system"},
       })
    expect(row);
}

TEST(Rules, ACodeThatOnlyTheReporterGivesIsNoEvidence) {
  for (const char* text : {"550 Access denied", "550 Envelope rejected", "553 Not accepted here",
                           "550 Go away", "550 rejected: IP on our list"}) {
    const Evidence evidence{text, "5.1.1", Provider::any};
    Classification found = judge_text(evidence);
    if (found.rule == "none") found = judge_codes(evidence);
    EXPECT_NE(found.result, Class::hard) << text << ": " << found.rule;
  }
}

TEST(Rules, WordsBehindAnAddressAreRead) {
  for (const char* text : {"550 a@example.org...User unknown", "550 [a@example.org]:Recipient not found",
                           "550 <a@example.org>:user unknown", "550 a@example.org: user unknown"})
    expect({text, Class::hard, "no-such-user"});
  EXPECT_EQ(normalize("550 <A@Example.org>... User unknown"), " 550 @... user unknown ");
}

TEST(Rules, CodesAreWhatIsLeft) {
  for (const Case& row : {
           Case{"550 5.1.1", Class::hard, "no-such-user"},
           Case{"550 5.1.10", Class::hard, "no-mail-accepted"},
           Case{"", Class::soft, "mailbox-full", "5.2.2"},
           Case{"", Class::soft, "expired", "4.4.7"},
           Case{"", Class::soft, "no-such-user", "4.1.1"},
           Case{"", Class::block, "policy", "5.7.509"},
           Case{"550 5.0.0 xyz", Class::hard, "moved", "5.1.6"},
           Case{"552 xyz", Class::soft, "mailbox-full", "5.0.0"},
           Case{"521 xyz", Class::hard, "no-mail-accepted"},
           Case{"550 xyz", Class::soft, "unknown"},
           Case{"xyz", Class::soft, "unknown"},
       })
    expect(row);
}

TEST(Rules, FindsCodes) {
  EXPECT_EQ(find_enhanced_code("smtp; 550 5.1.1 <a@b>"), "5.1.1");
  EXPECT_EQ(find_enhanced_code("550-'5.2.2 full'"), "5.2.2");
  EXPECT_EQ(find_enhanced_code("(#5.1.10)"), "5.1.10");
  EXPECT_EQ(find_enhanced_code("5.0.0 then 5.7.1"), "5.7.1");
  EXPECT_EQ(find_enhanced_code("[192.5.1.1] 4.16.55.1 5.1.1.1"), "");
  EXPECT_EQ(find_reply_code("host [192.0.2.550] said: 550 no"), "550");
  EXPECT_EQ(find_reply_code("552-too much"), "552");
  EXPECT_EQ(find_reply_code("ab550 5501 4.550"), "");
}

TEST(Rules, NamesOfHostsAndAddressesSayNothing) {
  EXPECT_EQ(judge_text({"host antispam.mx.example.net said: 550 user unknown", "", Provider::any}).reason,
            "no-such-user");
  EXPECT_EQ(judge_text({"550 <spam-full@example.net>: user unknown", "", Provider::any}).reason,
            "no-such-user");
  EXPECT_EQ(judge_text({"554 blocked using zen.spamhaus.org", "", Provider::any}).reason, "blocklist");
}

TEST(Rules, LongTextIsCutAndStaysFast) {
  const std::string text = std::string(1000000, 'a') + " user unknown";
  EXPECT_EQ(judge_text({text, "", Provider::any}).rule, "none");
}

}  // namespace
}  // namespace signpost::feedback
