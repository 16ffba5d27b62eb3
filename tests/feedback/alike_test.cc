// Answers that no rule knows: which may concern the sender if many get them, and when two of them are the same.
#include "feedback/alike.h"

#include <gtest/gtest.h>

namespace signpost::feedback {
namespace {

std::string text_of(const Row& row) {
  Report report;
  report.kind = Kind::delivery_status;
  return alike_text(report, row, classify(report, row));
}
Row said(const std::string& diagnostic, const std::string& status = "5.0.0") {
  Row row;
  row.address = "bob@example.net";
  row.action = Action::failed;
  row.status = status;
  row.diagnostic = diagnostic;
  return row;
}

TEST(AlikeText, IsEqualForAllRecipients) {
  const std::string text = text_of(said("550 5.1.1 <bob@example.net>: The pelican declines this letter"));
  EXPECT_EQ(text, "the pelican declines this letter");
  for (const char* other : {
           "550 5.1.1 <ann+1@mail.example.net>:  the PELICAN declines\r\n this letter.",
           "550-5.1.1 The pelican declines\n550 5.1.1 this letter (a81b-22 mx2.example.net)",
           "550 5.1.1 ann@example.net the pelican declines this letter [198.51.100.7] 2026-11-23",
           "smtp; 550 5.1.1 \"The pelican\" declines this letter, https://example.net/why",
       })
    EXPECT_TRUE(text_of(said(other)).ends_with(text)) << other << ": " << text_of(said(other));
  EXPECT_NE(text_of(said("550 5.1.1 The heron declines this letter")), text);
}

TEST(AlikeText, IsThereOnlyWhereTheCodeAloneSaysDead) {
  const std::string pelican = "The pelican declines this letter";
  EXPECT_NE(text_of(said("556 " + pelican)), "") << "by the reply code";
  EXPECT_NE(text_of(said("550 " + pelican, "5.1.3")), "") << "by the report's";
  const std::string others[] = {
      "550 5.1.1 User unknown",  // a rule knows it, and every dead address has it
      "550 5.1.1 <bob@example.net>: no such user here",
      "550 " + pelican,  // soft, as it says nothing
      "452 4.2.2 " + pelican,
      "450 4.1.1 " + pelican,  // it may work later
      "550 5.7.1 " + pelican,  // a block
      "550 5.1.2 " + pelican,  // all recipients of that domain
      "550 5.1.1",
      "550 5.1.1 <bob@example.net> 4F2C1",
      "550 5.1.1 sorry, bob",
      "",
  };
  for (const std::string& other : others) EXPECT_EQ(text_of(said(other)), "") << other;
}

TEST(AlikeText, IsTheServersAndNotTheReporters) {
  Row row = said("", "5.1.1");
  row.words = "I could not deliver your message to the following addresses.";
  EXPECT_EQ(text_of(row), "") << "the same whatever happened";
  row.words = "The server said: 550 5.1.1 The pelican declines this letter";
  EXPECT_NE(text_of(row), "");
  row.words = "The server said: 550 5.1.1 User unknown";
  EXPECT_EQ(text_of(row), "") << "a rule knows it, although the report's code decided";
}

}  // namespace
}  // namespace signpost::feedback
