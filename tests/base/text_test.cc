// ASCII helpers, numbers, suggestions and UTF-8.
#include "base/text.h"

#include <gtest/gtest.h>

namespace signpost::base {
namespace {

TEST(Text, LowerLeavesOtherBytesAlone) {
  EXPECT_EQ(lower("ABCxyz[\\]@`{ \xC3\x84"), "abcxyz[\\]@`{ \xC3\x84");
}

TEST(Text, ComparesWithoutCase) {
  EXPECT_TRUE(equals_ignore_case("From", "fROM"));
  EXPECT_FALSE(equals_ignore_case("From", "Fro"));
  EXPECT_FALSE(equals_ignore_case("[", "{"));
  EXPECT_TRUE(starts_with_ignore_case("List-Id", "LIST-"));
  EXPECT_FALSE(starts_with_ignore_case("List", "List-"));
}

TEST(Text, FindsWithoutCase) {
  EXPECT_EQ(find_ignore_case("a <BODY>", "<body"), 2U);
  EXPECT_EQ(find_ignore_case("abAB", "ab", 1), 2U);
  EXPECT_EQ(find_ignore_case("abc", "abcd"), std::string_view::npos);
  EXPECT_EQ(find_ignore_case("abc", "c", 7), std::string_view::npos);
  EXPECT_EQ(find_ignore_case("abc", "", 3), 3U);
}

TEST(Text, TrimsSplitsJoins) {
  EXPECT_EQ(trim(" \t\r\n a b \n"), "a b");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
  EXPECT_EQ(split(",", ','), (std::vector<std::string_view>{"", ""}));
  EXPECT_EQ(join({"a", "", "b"}, ", "), "a, , b");
  EXPECT_EQ(join({}, ","), "");
}

TEST(Text, ParsesWholeNumbersOnly) {
  EXPECT_EQ(parse_number("0"), 0U);
  EXPECT_EQ(parse_number("007"), 7U);
  EXPECT_EQ(parse_number("18446744073709551615"), UINT64_MAX);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "1x", "0x1", "18446744073709551616"}) {
    EXPECT_EQ(parse_number(bad), std::nullopt) << bad;
  }
}

TEST(Text, SuggestsTheNearestWord) {
  const std::vector<std::string> known = {"suppression", "store", "socket", "tracking"};
  EXPECT_EQ(nearest("supression", known), "suppression");
  EXPECT_EQ(nearest("stoer", known), "");  // two edits in five letters: more than a third
  EXPECT_EQ(nearest("sotre1", known), "");
  EXPECT_EQ(nearest("sockets", known), "socket");
  EXPECT_EQ(nearest("store", known), "store");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest(std::string(100000, 'x'), known), "");
}

TEST(Text, KnowsUtf8) {
  const char* const good[] = {
      "", "a", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"};
  for (const char* text : good) EXPECT_TRUE(is_utf8(text)) << text;
  const char* const bad[] = {"\x80",
                             "\xC3",
                             "\xC0\xAF",
                             "\xC1\xBF",
                             "\xE0\x80\xAF",
                             "\xED\xA0\x80",
                             "\xE2\x82",
                             "\xF0\x80\x80\xAF",
                             "\xFF",
                             "\xF4\x90\x80\x80",
                             "\xF5\x80\x80\x80",
                             "a\xC3\xA4\xC3"};
  for (const char* text : bad) EXPECT_FALSE(is_utf8(text)) << text;
}

}  // namespace
}  // namespace signpost::base
