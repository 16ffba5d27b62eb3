// Messages as bytes: fields, folds, odd header lines, and back without a difference.
#include "mail/message.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace signpost::mail {
namespace {

TEST(ParseMessage, SplitsHeaderAndBody) {
  const Message message =
      parse_message("From: a@b\r\nSubject:  x\r\n\ty\r\nX-Odd \t: v\r\nEmpty:\r\n\r\nline\r\n\r\n");
  ASSERT_EQ(message.fields.size(), 4u);
  EXPECT_EQ(message.fields[0], (Field{"From", " a@b"}));
  EXPECT_EQ(message.fields[1], (Field{"Subject", "  x\n\ty"}));
  EXPECT_EQ(message.fields[2], (Field{"X-Odd \t", " v"}));
  EXPECT_EQ(message.fields[3], (Field{"Empty", ""}));
  EXPECT_EQ(message.body, "line\r\n\r\n");
  EXPECT_TRUE(message.has_separator);
  EXPECT_EQ(message.find("x-odd"), &message.fields[2]);
  EXPECT_EQ(message.find("missing"), nullptr);
}

TEST(ParseMessage, EndsTheHeaderAtWhatIsNoField) {
  for (const std::string line : {"no field here\r\n", "From a@b Mon Nov 23\r\n", ">From a@b: x\r\n",
                                 ": no name\r\n", "n\xC3\xA4me: v\r\n", "na me: v\r\n"}) {
    const Message message = parse_message("A: b\r\n" + line + "C: d\r\n\r\nbody");
    ASSERT_EQ(message.fields.size(), 1u) << line;
    EXPECT_FALSE(message.has_separator);
    EXPECT_EQ(message.body, line + "C: d\r\n\r\nbody");
  }
}

TEST(FormatMessage, GivesBackWhatWasParsed) {
  const std::vector<std::string> kCases = {
      "",
      "\r\n",
      "\r\n\r\n",
      "body without header",
      " fold without field\r\nA: b\r\n",
      "A: b",
      "A: b\r\n",
      "A: b\r\n\r\n",
      "A: b\r\n c",
      "A: b\r\n \r\n\t\r\n\r\nx",
      "A: b\r\r\n\r\nx",
      "A: b\rc\r\n d\r\r\n\r\n",
      "A: b\r\n\r",
      "A:b\r\nA :c\r\nA\t: d\r\n\r\nx",
      "From a@b Mon Nov 23 12:00:00 2026\r\nFrom: a@b\r\n\r\nx",
      ">From a@b\r\nFrom: a@b\r\n\r\nx",
      "From: a@b\r\nnot a field\r\nTo: c@d\r\n\r\nx",
      std::string("A: \0\r\n\r\n\0", 9),
  };
  for (const std::string& raw : kCases) EXPECT_EQ(format_message(parse_message(raw)), raw) << raw;
}

TEST(FormatMessage, GivesBackRandomPieces) {
  const std::vector<std::string> kPieces = {"A",    ":",   " ",    "\t",    "\r\n",   "\r",
                                            "From", "x y", "\xFF", "\r\n ", ": v\r\n"};
  std::mt19937 random(1);
  for (int run = 0; run < 20000; ++run) {
    std::string raw;
    for (std::size_t i = random() % 12; i > 0; --i) raw += kPieces[random() % kPieces.size()];
    ASSERT_EQ(format_message(parse_message(raw)), raw) << testing::PrintToString(raw);
  }
}

TEST(Fields, AreFoundByNameWithoutCase) {
  const std::vector<Field> fields = {{"received", " 1"}, {"Received ", " 2"}, {"X-Received", " 3"}};
  EXPECT_EQ(count_fields(fields, "Received"), 2u);
  EXPECT_EQ(find_field(fields, "RECEIVED"), &fields[0]);
  EXPECT_TRUE(has_name(fields[1], "Received"));
}

TEST(Unfold, TakesLineEndsOnly) {
  EXPECT_EQ(unfold(" a\n b\n\tc "), "a b\tc");
  EXPECT_EQ(unfold(" a\r\n b\rc"), "a b\rc");
  EXPECT_EQ(unfold(""), "");
}

}  // namespace
}  // namespace signpost::mail
