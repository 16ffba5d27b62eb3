// What a refusal means and what to do: every reason has an answer, and the page of them is true.
#include "feedback/answers.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "feedback/alike.h"
#include "tests/support/source_dir.h"

namespace signpost::feedback {
namespace {

std::string page() {
  std::string text =
      "# What refusals mean, and what to do\n"
      "Made from `feedback/answers.cc`; `signpostctl diagnose \"550 5.7.1 ...\"` gives the row for one "
      "reply. The words are "
      "ours;\nthe facts are what the providers publish for senders: Google "
      "(support.google.com/a/answer/3726730, "
      "mail/answer/81126),\nMicrosoft (NDR codes in Exchange Online, Outlook.com postmaster), Yahoo "
      "(senders.yahooinc.com/smtp-error-codes), Apple\n(support.apple.com/102322), and the lists' own "
      "pages.\n\n"
      "| for | if the reply has | it means | do |\n|---|---|---|---|\n";
  for (const Answer& answer : answers()) {
    text += "| `" + std::string(answer.of) + "`";
    if (answer.provider != Provider::any) text += " at " + std::string(provider_word(answer.provider));
    text += " | " + (answer.text.empty() ? std::string() : "`" + std::string(answer.text) + "`") + " | " +
            std::string(answer.means) + " | " + std::string(answer.remedy) + " |\n";
  }
  return text;
}

TEST(Answers, ThePageIsMadeFromThem) {
  const std::string path = tests::source_dir() + "/docs/answers.md";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << page();
  std::ifstream file(path, std::ios::binary);
  const std::string kept{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_EQ(page(), kept) << "UPDATE_GOLDEN=1 writes it anew";
}

TEST(Answers, EachReasonHasOne) {
  std::set<std::string_view> general;
  for (const Answer& answer : answers())
    if (answer.provider == Provider::any && answer.text.empty()) general.insert(answer.of);
  for (const Rule& rule : text_rules())
    EXPECT_TRUE(general.contains(rule.reason)) << rule.name << ": " << rule.reason;
  for (const char* code :
       {"5.1.0",  "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.7", "5.1.8", "5.1.9",
        "5.1.10", "5.2.1", "5.2.2", "5.2.3", "5.2.0", "5.3.1", "5.3.2", "5.3.4", "5.3.0",
        "5.4.4",  "5.4.6", "5.4.7", "5.4.0", "5.5.3", "5.5.0", "5.6.0", "5.7.0", "5.0.0"}) {
    const Classification found = judge_codes({"", code, Provider::any});
    EXPECT_TRUE(general.contains(found.reason)) << code << ": " << found.reason;
  }
}

TEST(Answers, EachNamesARuleOrAReason) {
  std::set<std::string_view> known = {"abuse",        "opt-out", "delivered",   "not-spam",  "auto-reply",
                                      "not-a-report", "unknown", "bad-address", "ambiguous", kAlike.reason};
  for (const Rule& rule : text_rules()) known.insert({rule.name, rule.reason});
  for (const Answer& answer : answers()) {
    EXPECT_TRUE(known.contains(answer.of)) << answer.of;
    EXPECT_EQ(normalize(answer.text), answer.text.empty() ? " " : " " + std::string(answer.text) + " ")
        << answer.text;
    for (const std::string_view words : {answer.means, answer.remedy})
      EXPECT_TRUE(words.ends_with('.')) << words;
  }
}

TEST(Answers, NoRowIsHiddenByOneBeforeIt) {
  const auto all = answers();
  for (std::size_t later = 0; later < all.size(); ++later) {
    for (std::size_t row = 0; row < later; ++row) {
      const bool covers = all[row].of == all[later].of && all[row].text.empty() &&
                          (all[row].provider == Provider::any || all[row].provider == all[later].provider);
      EXPECT_FALSE(covers) << all[later].of << " " << all[later].text;
    }
  }
}

TEST(Diagnose, KnowsWhoSpeaks) {
  const std::map<std::string, std::pair<std::string, std::string>> expected = {
      {"550-5.7.26 This mail has been blocked because the sender is unauthenticated. - gsmtp",
       {"authentication", "google"}},
      {"550 5.7.1 part of their network is on our block list (S3150). [x.prod.protection.outlook.com]",
       {"blocklist", "microsoft"}},
      {"554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
       {"blocklist", ""}},
      {"to=<a@example.org>, relay=mx.example.org[192.0.2.9]:25, dsn=5.1.1, status=bounced (host "
       "mx.example.org[192.0.2.9] "
       "said: 550 5.1.1 User unknown (in reply to RCPT TO command))",
       {"no-such-user", ""}},
      {"hello", {"unknown", ""}},
  };
  for (const auto& [reply, answer] : expected) {
    const Diagnosis found = diagnose(reply);
    EXPECT_EQ(found.found.reason, answer.first) << reply;
    EXPECT_EQ(provider_word(found.provider), answer.second) << reply;
  }
  EXPECT_NE(diagnose("554 blocked using zen.spamhaus.org").answer->remedy.find("check.spamhaus.org"),
            std::string::npos);
}

TEST(Diagnose, IsWrittenForPeopleAndPrograms) {
  const Diagnosis found = diagnose("550 5.1.1 User unknown");
  EXPECT_EQ(format_diagnosis(found, false),
            "class: hard\nreason: no-such-user\nrule: said-unknown\nmeans: The mailbox does not exist.\n"
            "remedy: Take the address off your lists.\n");
  EXPECT_EQ(format_diagnosis(found, true),
            "{\"class\":\"hard\",\"reason\":\"no-such-user\",\"provider\":null,\"rule\":\"said-unknown\","
            "\"means\":\"The mailbox does not exist.\",\"remedy\":\"Take the address off your lists.\"}\n");
}

}  // namespace
}  // namespace signpost::feedback
