// What stands before the message: its time in both forms, the year that the traditional one does not say, and the tag.
#include "feedback/log_line.h"

#include <string>

#include <gtest/gtest.h>

namespace signpost::feedback {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

base::Wall at(const char* text) {
  return *base::parse_time(text);
}

std::string read(const char* line, const char* now = "2026-11-28T12:00:00Z", seconds offset = seconds(0)) {
  const auto time = parse_log_time(line, at(now), offset);
  return time ? base::format_time(*time) : "";
}

TEST(LogTime, FullFormSaysAll) {
  for (const auto& [line, time] : {
           std::pair{"2026-11-28T21:40:16.123456+01:00 mx x[1]: y", "2026-11-28T20:40:16.123Z"},
           std::pair{"2026-11-28T21:40:16+0100 mx x[1]: y", "2026-11-28T20:40:16.000Z"},
           std::pair{"2026-11-28T21:40:16.5-03:30 mx x[1]: y", "2026-11-29T01:10:16.500Z"},
           std::pair{"1999-12-31T23:59:60Z mx x[1]: y", "1999-12-31T23:59:59.000Z"},
       })
    EXPECT_EQ(read(line, "2026-11-28T12:00:00Z", hours(5)), time) << line;
}

TEST(LogTime, ShortFormIsOfTheLastYearThatFits) {
  EXPECT_EQ(read("Nov  8 21:40:16 mx x[1]: y"), "2026-11-08T21:40:16.000Z");
  EXPECT_EQ(read("Nov 28 21:40:16.250 mx x[1]: y"), "2026-11-28T21:40:16.250Z");
  // A clock that is a little ahead of ours, and one that is not.
  EXPECT_EQ(read("Nov 29 11:59:00 mx x[1]: y"), "2026-11-29T11:59:00.000Z");
  EXPECT_EQ(read("Nov 29 12:01:00 mx x[1]: y"), "2025-11-29T12:01:00.000Z");
  EXPECT_EQ(read("Dec 31 23:59:59 mx x[1]: y", "2027-01-01T00:00:05Z"), "2026-12-31T23:59:59.000Z");
  EXPECT_EQ(read("Jan  1 00:00:05 mx x[1]: y", "2026-12-31T23:59:59Z"), "2027-01-01T00:00:05.000Z");
  EXPECT_EQ(read("Feb 29 08:00:00 mx x[1]: y"), "2024-02-29T08:00:00.000Z");
  EXPECT_EQ(read("Feb 29 08:00:00 mx x[1]: y", "2103-06-01T00:00:00Z"), "2096-02-29T08:00:00.000Z");
}

TEST(LogTime, ShortFormIsLocal) {
  EXPECT_EQ(read("Nov 28 21:40:16 mx x[1]: y", "2026-11-28T20:40:16Z", hours(1)), "2026-11-28T20:40:16.000Z");
  // Already next year there.
  EXPECT_EQ(read("Jan  1 08:59:00 mx x[1]: y", "2026-12-31T23:59:30Z", hours(9)), "2026-12-31T23:59:00.000Z");
  EXPECT_EQ(read("Dec 31 19:59:00 mx x[1]: y", "2027-01-01T00:59:30Z", -hours(5)),
            "2027-01-01T00:59:00.000Z");
}

TEST(LogTime, AnythingElseIsNone) {
  for (const char* line :
       {"", " ", "x", "Nov", "Nov 28", "Nov 28 21:40", "Nov 28 21:40:16", "Nov 31 21:40:16 mx x[1]: y",
        "Nov 28 24:40:16 mx x[1]: y", "nov 28 21:40:16 mx x[1]: y", "Nov 8 21:40:16 mx x[1]: y",
        "2026-11-28 21:40:16 mx x[1]: y", "2026-11-28T21:40:16 mx x[1]: y", "2026-02-29T21:40:16Z mx x[1]: y",
        "2026-11-28T21:40:16+01:00", "99999-11-28T21:40:16Z mx x[1]: y"})
    EXPECT_EQ(read(line), "") << line;
}

TEST(LogLine, SplitsTagAndText) {
  const auto line = parse_log_line("Nov 28 21:44:58 mx.example postfix-out/smtp[20041]: AB12C: to=<a@b>\r\n");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->tag, "postfix-out/smtp");
  EXPECT_EQ(line->text, "AB12C: to=<a@b>");
  EXPECT_TRUE(parse_log_line("2026-11-28T21:40:16.123456+01:00 mx sendmail[1]: x"));
}

TEST(LogLine, RefusesOtherForms) {
  for (const char* line : {
           "Nov 28 21:44:58 mx postfix/smtp: x",
           "Nov 28 21:44:58 mx postfix/smtp[]: x",
           "Nov 28 21:44:58 mx postfix/smtp[1a]: x",
           "Nov 28 21:44:58 mx postfix/smtp[1]:x",
           "Nov 28 21:44:58 mx postfix/smtp[1]",
           "Nov 28 21:44:58 mx postfix/smtp[1",
           "Nov 28 21:44:58 mx [1]: x",
           "Nov 28 21:44:58  postfix/smtp[1]: x",
           "Nov 28 21:44:58 mx foo postfix/smtp[1]: x",
           "postfix/smtp[1]: x",
           // `postlog -t 'postfix/smtp[1]'`: Postfix adds its own number.
           "Nov 28 21:45:19 mx postfix/smtp[1][20103]: x",
           // Without a host, the text of another program.
           "Nov 28 21:44:58 foo: postfix/smtp[1]: x",
       })
    EXPECT_FALSE(parse_log_line(line)) << line;
}

}  // namespace
}  // namespace signpost::feedback
