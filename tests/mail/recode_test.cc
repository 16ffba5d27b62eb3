// Bodies that an MTA would change become bodies that it need not, and decode to the same octets.
#include "mail/recode.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "mail/field/date.h"
#include "mail/mime.h"
#include "mail/transfer.h"

namespace signpost::mail {
namespace {

const std::string kLong(1200, 'x');

// ---- lines

bool long_line_by_definition(std::string_view text, std::size_t most) {
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t lf = text.find('\n', at);
    std::string_view line = text.substr(at, lf == text.npos ? text.npos : lf - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > most) return true;
    if (lf == text.npos) return false;
    at = lf + 1;
  }
  return false;
}

TEST(LongLines, AreFoundAtTheBoundToTheOctet) {
  for (const std::string end : {"\r\n", "\n", "", "\r"}) {
    EXPECT_FALSE(has_long_line(std::string(998, 'x') + end));
    EXPECT_TRUE(has_long_line(std::string(999, 'x') + end));
    EXPECT_TRUE(has_long_line("short\r\n" + std::string(999, 'x') + end + "short\r\n"));
    EXPECT_FALSE(has_long_line("short\r\n" + std::string(998, 'x') + end));
  }
  EXPECT_FALSE(has_long_line(""));
}

TEST(LongLines, AreFoundHoweverTheTextArrives) {
  std::mt19937 random(20261124);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::size_t pieces = random() % 8; pieces > 0; --pieces) {
      text += std::string(random() % 14, 'x');
      text += std::vector<std::string>{"\n", "\r\n", "\r", "\r\r\n", ""}[random() % 5];
    }
    LongLineScan scan(10);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = 1 + random() % 7;
      scan.update(std::string_view(text).substr(at, size));
      at += size;
    }
    EXPECT_EQ(scan.found(), long_line_by_definition(text, 10)) << testing::PrintToString(text);
  }
}

TEST(EightBit, IsFoundAtEveryPlace) {
  for (std::size_t size : {1, 63, 64, 65, 200}) {
    std::string text(size, 'x');
    EXPECT_FALSE(has_eight_bit(text));
    for (std::size_t at = 0; at < size; ++at) {
      text[at] = '\x80';
      EXPECT_TRUE(has_eight_bit(text)) << at << " of " << size;
      text[at] = 'x';
    }
  }
}

// ---- parts

struct Leaf {
  std::string type;
  std::string encoding;
  std::string text;
  bool operator==(const Leaf&) const = default;
};

void collect(const Part& part, std::string_view body, std::vector<Leaf>& leaves) {
  if (part.children.empty()) {
    const auto decoded =
        Decoded::decode(part.content.of(body), find_encoding(part.encoding).value_or(Encoding::identity));
    leaves.push_back({part.type.value, part.encoding, decoded ? std::string(decoded->text()) : "?"});
  }
  for (const Part& child : part.children) collect(child, body, leaves);
}

std::vector<Leaf> leaves_of(const Message& message) {
  std::vector<Leaf> leaves;
  const Structure structure = parse_mime(message.fields, message.body);
  collect(structure.root, message.body, leaves);
  return leaves;
}

/// Recodes; checks that edits apply, undo exactly and change no decoded octet.
Message recoded(const Message& message, const RecodeRules& rules, std::size_t parts) {
  const Recoded result = recode(message.fields, message.body, rules);
  EXPECT_EQ(result.parts, parts);
  std::vector<Edit> edits = result.header;
  for (Splice& splice : splices_of(message.body, result.body)) edits.emplace_back(std::move(splice));
  const auto changed = apply_edits(message, edits);
  EXPECT_TRUE(changed.has_value()) << (changed ? "" : changed.error().text);
  if (!changed) return message;
  const auto undone = undo_edits(*changed, edits);
  EXPECT_TRUE(undone && undone->body == message.body && undone->fields == message.fields);
  const auto before = leaves_of(message);
  const auto after = leaves_of(*changed);
  EXPECT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i)
    EXPECT_EQ(before[i].text, after[i].text);
  EXPECT_EQ(recode(changed->fields, changed->body, rules).parts, 0u) << "a second time changes nothing";
  return *changed;
}

Message one_part(std::vector<Field> fields, std::string body) {
  Message message;
  message.fields = std::move(fields);
  message.body = std::move(body);
  return message;
}

const RecodeRules kLongOnly{true, false, kMaxLine};
const RecodeRules kEightOnly{false, true, kMaxLine};
const RecodeRules kBoth{true, true, kMaxLine};

TEST(Recode, LeavesOrdinaryMailAlone) {
  const Message message = one_part({{"Content-Type", " text/html; charset=utf-8"},
                                    {"MIME-Version", " 1.0"},
                                    {"Content-Transfer-Encoding", " 8bit"}},
                                   "<p>Gr\xC3\xBC\xC3\x9F"
                                   "e</p>\r\n");
  EXPECT_EQ(recoded(message, kLongOnly, 0).body, message.body);
}

TEST(Recode, EncodesAnHtmlPartWithALongLine) {
  const Message message = one_part({{"MIME-Version", " 1.0"}, {"Content-Type", " text/html; charset=utf-8"}},
                                   "<p>" + kLong + " = \xC3\xBC</p> \r\nnext\n.bare\r\n\r\nend");
  const Message changed = recoded(message, kLongOnly, 1);
  EXPECT_FALSE(has_long_line(changed.body, 76));
  EXPECT_FALSE(has_eight_bit(changed.body));
  EXPECT_EQ(find_field(changed.fields, "content-transfer-encoding")->value, " quoted-printable");
}

TEST(Recode, EncodesThePartsThatAreNamed) {
  const std::string first = "--b\r\nContent-Type: text/html\r\n\r\n";
  const Message message =
      one_part({{"MIME-Version", " 1.0"}, {"Content-Type", " multipart/alternative; boundary=b"}},
               first + "<p>a=b</p>\r\n" + first + "<p>c</p>\r\n--b--\r\n");
  RecodeRules rules = kLongOnly;
  EXPECT_EQ(recode(message.fields, message.body, rules).parts, 0u);
  rules.parts = {first.size()};
  const Recoded result = recode(message.fields, message.body, rules);
  ASSERT_EQ(result.parts, 1u);
  EXPECT_EQ(*apply_splices(message.body, splices_of(message.body, result.body)),
            "--b\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: "
            "text/html\r\n\r\n<p>a=3Db</p>\r\n" +
                first + "<p>c</p>\r\n--b--\r\n");
}

TEST(Recode, NamesAMultipartWithoutPartsAsWhatItIs) {
  for (const char* encoding : {" binary", " 8bit"}) {
    const Message message = one_part({{"MIME-Version", " 1.0"},
                                      {"Content-Type", " multipart/alternative; boundary=b"},
                                      {"Content-Transfer-Encoding", encoding}},
                                     "no part at all\r\n");
    const Message changed = recoded(message, kEightOnly, 0);
    EXPECT_EQ(find_field(changed.fields, "content-transfer-encoding")->value, " 7bit");
    EXPECT_EQ(changed.body, message.body);
  }
}

TEST(Recode, ChangesTheFieldsOfAPartInAMultipart) {
  const Message message =
      one_part({{"MIME-Version", " 1.0"}, {"Content-Type", " multipart/mixed; boundary=b"}},
               "--b\r\nContent-Type: text/plain\r\n\r\nshort\r\n"
               "--b\r\nContent-type: text/html\r\nCONTENT-Transfer-encoding:\r\n 8bit\r\nX: y\r\n\r\n" +
                   kLong + "\xC3\xBC\r\n--b\r\n\r\n" + kLong +
                   "\r\n--b\r\nContent-Type: image/png\r\n\r\n\x89" + kLong + "\r\n--b--\r\n");
  const Message changed = recoded(message, kLongOnly, 3);
  EXPECT_FALSE(has_long_line(changed.body));
  const auto leaves = leaves_of(changed);
  ASSERT_EQ(leaves.size(), 4u);
  EXPECT_EQ(leaves[0].encoding, "7bit");
  EXPECT_EQ(leaves[1].encoding, "quoted-printable");
  EXPECT_EQ(leaves[2].encoding, "quoted-printable");
  EXPECT_EQ(leaves[3].encoding, "base64");
  EXPECT_NE(changed.body.find("X: y\r\n"), std::string::npos);
}

TEST(Recode, WrapsBase64WithoutLineEnds) {
  const Message message = one_part({{"MIME-Version", " 1.0"},
                                    {"Content-Type", " application/pdf"},
                                    {"Content-Transfer-Encoding", " base64"}},
                                   std::string(4000, 'A') + "\r\n");
  const Message changed = recoded(message, kLongOnly, 1);
  EXPECT_FALSE(has_long_line(changed.body, 76));
  EXPECT_EQ(changed.fields, message.fields);
}

TEST(Recode, NamesTheTypeOfAMessageWithoutMime) {
  const Message ascii = recoded(one_part({{"Subject", " x"}}, kLong + "\r\n"), kLongOnly, 1);
  EXPECT_EQ(find_field(ascii.fields, "Content-Type")->value, " text/plain; charset=us-ascii");
  EXPECT_EQ(find_field(ascii.fields, "MIME-Version")->value, " 1.0");
  const Message utf8 = recoded(one_part({{"Subject", " x"}}, kLong + "\xC3\xBC\r\n"), kLongOnly, 1);
  EXPECT_EQ(find_field(utf8.fields, "Content-Type")->value, " text/plain; charset=utf-8");
  const Message unknown = one_part({{"Subject", " x"}}, kLong + "\xFC\r\n");
  EXPECT_EQ(recoded(unknown, kLongOnly, 0).body, unknown.body) << "nobody knows its charset";
}

TEST(Recode, EncodesEightBitAndTakesItsNameAway) {
  const Message message =
      one_part({{"MIME-Version", " 1.0"},
                {"Content-Type", " multipart/mixed; boundary=b"},
                {"Content-Transfer-Encoding", " 8bit"}},
               "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n"
               "Content-Transfer-Encoding: 8bit\r\n\r\n--c\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
               "only ascii\r\n--c\r\nContent-Type: text/html; charset=utf-8\r\n"
               "Content-Transfer-Encoding: 8bit\r\n\r\n\xC3\xBC\r\n--c--\r\n--b--\r\n");
  const Message changed = recoded(message, kEightOnly, 1);
  EXPECT_FALSE(has_eight_bit(changed.body));
  EXPECT_EQ(changed.body.find("8bit"), std::string::npos) << changed.body;
  EXPECT_EQ(find_field(changed.fields, "Content-Transfer-Encoding")->value, " 7bit");
}

TEST(Recode, NeverTouchesWhatIsSealedOrEnclosed) {
  const std::string eight =
      "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + kLong +
      "\xC3\xBC\r\n";
  const struct {
    const char* what;
    std::string type, body;
  } cases[] = {
      {"multipart/signed", " multipart/signed; boundary=b", "--b\r\n" + eight + "--b--\r\n"},
      {"enclosed message", " multipart/mixed; boundary=b",
       "--b\r\nContent-Type: message/rfc822\r\n\r\n" + eight + "--b--\r\n"},
      {"PGP", " text/plain; charset=utf-8",
       "-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\n" + kLong + "\xC3\xBC\r\n"},
      {"two types in a part", " multipart/mixed; boundary=b",
       "--b\r\nContent-Type: text/html\r\n" + eight + "--b--\r\n"},
      {"unknown encoding", " multipart/mixed; boundary=b",
       "--b\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n" + kLong + "\r\n--b--\r\n"},
      {"bad base64", " multipart/mixed; boundary=b",
       "--b\r\nContent-Transfer-Encoding: base64\r\n\r\n" + kLong + "!\r\n--b--\r\n"},
      {"preamble", " multipart/mixed; boundary=b", kLong + "\r\n--b\r\n\r\nx\r\n--b--\r\n" + kLong},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.what);
    const Message message = one_part({{"MIME-Version", " 1.0"}, {"Content-Type", test.type}}, test.body);
    EXPECT_EQ(recoded(message, kBoth, 0).body, message.body);
  }
}

TEST(Recode, KeepsEveryOctetOfRandomTexts) {
  std::mt19937 random(20261124);
  const std::string octets("ab =\t\r\n\r\n.\0\xFF\xC3\xBC", 14);
  for (int round = 0; round < 500; ++round) {
    std::string body = "--b\r\nContent-Type: text/plain\r\n\r\n";
    const std::size_t size = random() % 3000;
    for (std::size_t i = 0; i < size; ++i) body += random() % 50 ? 'x' : octets[random() % octets.size()];
    body += "\r\n--b--\r\n";
    const Message message =
        one_part({{"MIME-Version", " 1.0"}, {"Content-Type", " multipart/mixed; boundary=b"}}, body);
    const RecodeRules rules{true, true, 200};
    const Recoded result = recode(message.fields, message.body, rules);
    const Message changed = recoded(message, rules, result.parts);
    EXPECT_FALSE(has_long_line(changed.body, 200));
    EXPECT_FALSE(has_eight_bit(changed.body));
  }
}

// ---- header fields

TEST(Refold, FoldsAtTheLastBlankThatFits) {
  const std::string words = " " + std::string(600, 'a') + " " + std::string(600, 'b') + " c";
  EXPECT_EQ(refold("Subject", words), " " + std::string(600, 'a') + "\n " + std::string(600, 'b') + " c");
  EXPECT_EQ(refold("Subject", " short\n\tand folded"), " short\n\tand folded");
  const std::string solid = " " + std::string(2000, 'a');
  EXPECT_EQ(refold("X", solid), solid) << "there is no blank to fold at";
  EXPECT_EQ(refold("X", solid + " b"), solid + "\n b");
  EXPECT_EQ(refold("X", solid + "   "), solid + "   ") << "a line of blanks alone is obsolete syntax";
  EXPECT_EQ(refold("X", " a\n" + std::string(3, ' ') + std::string(2000, 'b')),
            " a\n   " + std::string(2000, 'b'));
}

TEST(Refold, ChangesNothingButFoldsAndFitsWhereItCan) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string value = " ";
    for (std::size_t words = random() % 60; words > 0; --words) {
      value += std::string(1 + random() % 90, 'w');
      value += random() % 9 ? std::string(1 + random() % 3, ' ') : "\n\t";
    }
    value += "end";
    const std::string folded = refold("Subject", value);
    EXPECT_EQ(unfold(folded), unfold(value));
    std::size_t longest = 0, column = 8;
    for (const char c : folded) {
      column = c == '\n' ? 0 : column + 1;
      longest = std::max(longest, column);
    }
    EXPECT_LE(longest, kMaxLine);
  }
}

TEST(Date, IsWrittenAsTheRfcShowsIt) {
  const auto date = [](const char* time) { return format_date(*base::parse_time(time)); };
  EXPECT_EQ(date("2026-11-24T09:50:00Z"), "Tue, 24 Nov 2026 09:50:00 +0000");
  EXPECT_EQ(date("2024-02-29T23:59:59.999Z"), "Thu, 29 Feb 2024 23:59:59 +0000");
  EXPECT_EQ(date("2027-01-01T00:00:00Z"), "Fri, 1 Jan 2027 00:00:00 +0000");
}

}  // namespace
}  // namespace signpost::mail
