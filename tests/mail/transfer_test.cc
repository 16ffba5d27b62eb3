// Replacing values in encoded bytes: the new text decodes to the old one with the replacements, lines stay
// within their limits, everything else is what it was, and undo gives it back.
#include "mail/transfer.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace signpost::mail {
namespace {

using Replacement = Replacement;

std::string replaced(std::string_view text, const std::vector<Replacement>& replacements) {
  std::string out;
  std::size_t done = 0;
  for (const Replacement& one : replacements) {
    out.append(text.substr(done, one.begin - done)).append(one.text);
    done = one.end;
  }
  return out.append(text.substr(done));
}

std::size_t longest_line(std::string_view text) {
  std::size_t longest = 0;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    longest = std::max(longest, end - begin - (end > begin && text[end - 1] == '\r' ? 1 : 0));
    begin = end + 1;
  }
  return longest;
}

/// Makes the replacements and checks every property; gives back the new encoded bytes.
std::string check(std::string_view encoded, Encoding encoding, const std::vector<Replacement>& replacements) {
  const auto decoded = Decoded::decode(encoded, encoding);
  EXPECT_TRUE(decoded.has_value());
  if (!decoded) return {};
  const auto done = decoded->replace(replacements);
  EXPECT_TRUE(done.has_value());
  if (!done) return {};
  const std::vector<Splice> splices = splices_of(encoded, *done);
  const auto after = apply_splices(encoded, splices);
  EXPECT_TRUE(after.has_value());
  if (!after) return {};
  EXPECT_EQ(undo_splices(*after, splices).value_or("undo failed"), encoded);
  const auto again = Decoded::decode(*after, encoding);
  EXPECT_TRUE(again.has_value());
  if (!again) return {};
  EXPECT_EQ(again->text(), replaced(decoded->text(), replacements)) << encoded << "\n->\n" << *after;
  return *after;
}

struct DecodeCase {
  const char* encoded;
  const char* text;
};

TEST(Transfer, DecodesQuotedPrintable) {
  const DecodeCase cases[] = {
      {"", ""},
      {"a=3Db", "a=b"},
      {"a=3db", "a=b"},
      {"a=\r\nb", "ab"},
      {"a= \t\r\nb", "ab"},
      {"a=\nb", "ab"},
      {"a=", "a"},
      {"a=  ", "a"},
      {"a=b", "a=b"},
      {"x=\"y\" =4", "x=\"y\" =4"},
      {"==41", "=A"},
      {"a \r\nb", "a \r\nb"},
      {"\xE4=\r", "\xE4=\r"},
  };
  for (const DecodeCase& one : cases) {
    const auto decoded = Decoded::decode(one.encoded, Encoding::quoted_printable);
    ASSERT_TRUE(decoded) << one.encoded;
    EXPECT_EQ(decoded->text(), one.text) << one.encoded;
  }
}

TEST(Transfer, DecodesBase64Strictly) {
  const DecodeCase good[] = {{"", ""},       {"YQ==", "a"},         {"YW Jj\r\nZGU=\r\n", "abcde"},
                             {"YWI=", "ab"}, {"Y\nW\nJ\nj", "abc"}, {"YQ=\r\n=", "a"}};
  for (const DecodeCase& one : good) {
    const auto decoded = Decoded::decode(one.encoded, Encoding::base64);
    ASSERT_TRUE(decoded) << one.encoded;
    EXPECT_EQ(decoded->text(), one.text) << one.encoded;
  }
  for (const char* bad :
       {"Y", "YQ", "YWI", "YQ=", "=", "YQ==YQ==", "YWJj=", "YW-j", "YWJj\r\n-- \r\nfooter", "YQ==="}) {
    EXPECT_FALSE(Decoded::decode(bad, Encoding::base64)) << bad;
  }
}

TEST(Transfer, QuotedPrintableChangesOnlyTheValue) {
  EXPECT_EQ(
      check("<a href=3D\"http://x\">=20\r\n", Encoding::quoted_printable, {{9, 17, "https://t.example/1"}}),
      "<a href=3D\"https://t.example/1\">=20\r\n");
  // The value spans a soft break, which goes with it; odd spellings around it stay.
  EXPECT_EQ(check("=3d=3D\"http:=\r\n//x\" =\r\nz", Encoding::quoted_printable, {{3, 11, "N"}}),
            "=3d=3D\"N\" =\r\nz");
  // What follows would make the line too long: it goes to a line of its own.
  const std::string rest(60, 'r');
  EXPECT_EQ(check("v" + rest, Encoding::quoted_printable, {{0, 1, "0123456789abcdefgh"}}),
            "0123456789abcdefgh=\r\n" + rest);
  // Exactly 76 is still a line.
  EXPECT_EQ(check("v" + rest, Encoding::quoted_printable, {{0, 1, "0123456789abcdef"}}),
            "0123456789abcdef" + rest);
}

TEST(Transfer, QuotedPrintableNeverForgesADelimiterOrAnEscape) {
  const std::string long_value(200, '-');
  const std::string after = check("v", Encoding::quoted_printable, {{0, 1, long_value}});
  EXPECT_EQ(after.find("\n-"), std::string::npos);
  EXPECT_LE(longest_line(after), 76u);
  check("a=v", Encoding::quoted_printable, {{2, 3, "41"}});
  check("a=4v", Encoding::quoted_printable, {{3, 4, "1"}});
  check("a=v41", Encoding::quoted_printable, {{2, 3, ""}});
  check("a=v", Encoding::quoted_printable, {{2, 3, "\r\n"}});
  check("a= \tv", Encoding::quoted_printable, {{4, 5, "\r\nx"}});
  check("a= \tv\r\nx", Encoding::quoted_printable, {{4, 5, ""}});
  check("a= \rv\n", Encoding::quoted_printable, {{4, 5, "\n"}});
  check("a= \t", Encoding::quoted_printable, {{1, 1, "\r\n"}});
  check("a v\r\n", Encoding::quoted_printable, {{2, 3, "x "}});
}

TEST(Transfer, Base64KeepsLinesAndWhatComesBefore) {
  std::string encoded;
  const std::string digits = base::encode_base64(std::string(300, 'x'));
  for (std::size_t at = 0; at < digits.size(); at += 60) encoded += digits.substr(at, 60) + "\r\n";
  const std::string after = check(encoded, Encoding::base64, {{100, 101, "long new value"}, {200, 201, ""}});
  EXPECT_EQ(after.substr(0, 62), encoded.substr(0, 62));
  EXPECT_EQ(longest_line(after), 60u);
  EXPECT_TRUE(after.ends_with("\r\n"));
  check("YQ==", Encoding::base64, {{1, 1, "bcd"}});
  check("YWJj", Encoding::base64, {{3, 3, "d"}});
  check("", Encoding::base64, {{0, 0, "d"}});
}

TEST(Transfer, IdentityRefusesLinesOver998) {
  const std::string line(990, 'a');
  check(line + "\r\n", Encoding::identity, {{0, 1, "123456789"}});
  for (const std::string end : {"\r\n", "\n", ""}) {
    const std::string text = line + end;
    const auto decoded = Decoded::decode(text, Encoding::identity);
    const auto replaced = decoded->replace({{0, 1, "1234567890"}});
    ASSERT_FALSE(replaced);
    EXPECT_EQ(replaced.error().text, "line-too-long");
    EXPECT_FALSE(decoded->replace({{0, 1, "12345"}, {5, 6, "123456"}}));
    EXPECT_TRUE(decoded->replace({{0, 1, "12345"}, {5, 6, "12345"}}));
    EXPECT_FALSE(decoded->replace({{0, 1, "\r\n1234567890"}}));
  }
  // A line that was too long before may shrink.
  check(std::string(2000, 'a'), Encoding::identity, {{0, 10, "12345"}});
}

TEST(Transfer, RefusesReplacementsOutOfOrder) {
  const auto decoded = Decoded::decode("abcdef", Encoding::identity);
  EXPECT_FALSE(decoded->replace({{3, 4, "x"}, {1, 2, "y"}}));
  EXPECT_FALSE(decoded->replace({{1, 3, "x"}, {2, 4, "y"}}));
  EXPECT_FALSE(decoded->replace({{3, 2, "x"}}));
  EXPECT_FALSE(decoded->replace({{5, 7, "x"}}));
}

/// Random encoded text in the style of many writers: soft breaks, escapes of either case,
/// stray "=", long lines.
std::string random_quoted_printable(std::mt19937& random) {
  const std::vector<std::string> pieces = {
      "=3D",  "=3d", "=\r\n", "=", "\r\n", " ",      "=\t\r\n", "http://",
      "word", "=E4", "\xE4",  "4", "A",    "=0D=0A", "-",       "0123456789012345678901234567890123456789"};
  std::string text;
  for (auto i = random() % 60; i > 0; --i) text += pieces[random() % pieces.size()];
  return text;
}

std::string random_base64(std::mt19937& random) {
  std::string bytes;
  for (auto i = random() % 400; i > 0; --i) bytes += static_cast<char>(random());
  const std::string digits = base::encode_base64(bytes);
  std::string text;
  const std::size_t line = 4 + random() % 90;
  for (std::size_t at = 0; at < digits.size(); at += line) text += digits.substr(at, line) + "\r\n";
  return text;
}

std::vector<Replacement> random_replacements(std::mt19937& random, std::size_t size) {
  std::vector<Replacement> replacements;
  std::size_t at = 0;
  for (auto i = random() % 5; i > 0 && at <= size; --i) {
    const std::size_t begin = at + random() % (size - at + 1);
    const std::size_t end = begin + random() % std::min<std::size_t>(size - begin + 1, 20);
    std::string text;
    for (auto k = random() % 120; k > 0; --k) text += "=-4A \r\n\tx\xE4"[random() % 10];
    replacements.push_back({begin, end, text});
    at = end;
  }
  return replacements;
}

TEST(Transfer, RandomReplacementsAreExact) {
  std::mt19937 random(11);
  for (int round = 0; round < 6000; ++round) {
    const bool quoted = round % 2 == 0;
    const std::string encoded = quoted ? random_quoted_printable(random) : random_base64(random);
    const Encoding encoding = quoted ? Encoding::quoted_printable : Encoding::base64;
    const auto decoded = Decoded::decode(encoded, encoding);
    ASSERT_TRUE(decoded);
    const std::string after = check(encoded, encoding, random_replacements(random, decoded->text().size()));
    // A value put behind a full line, or between its CR and LF, can only add the "=" of a soft break.
    EXPECT_LE(longest_line(after), std::max<std::size_t>(76, longest_line(encoded)) + (quoted ? 2 : 0))
        << encoded << "\n->\n"
        << after;
    if (HasFailure()) return;
  }
}

TEST(Transfer, LargeTextsAreReplacedInOnePass) {
  for (const char* piece : {"=\r\n", "=41", "a", "=", "\n", "= \n"}) {
    std::string encoded;
    while (encoded.size() < (1u << 20)) encoded += piece;
    const auto decoded = Decoded::decode(encoded, Encoding::quoted_printable);
    ASSERT_TRUE(decoded);
    std::vector<Replacement> replacements;
    for (std::size_t at = 0; at < decoded->text().size(); at += 100) replacements.push_back({at, at, "x"});
    check(encoded, Encoding::quoted_printable, replacements);
  }
}

TEST(Transfer, NamesEncodings) {
  EXPECT_EQ(find_encoding("quoted-printable"), Encoding::quoted_printable);
  EXPECT_EQ(find_encoding("base64"), Encoding::base64);
  EXPECT_EQ(find_encoding("binary"), Encoding::identity);
  EXPECT_EQ(find_encoding("x-uuencode"), std::nullopt);
  EXPECT_EQ(find_encoding(""), std::nullopt);
}

}  // namespace
}  // namespace signpost::mail
