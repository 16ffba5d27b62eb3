// What a message may need, whatever its shape: at most four times its size, in a hundred shapes that were made to need much.
#include <cstdlib>
#include <functional>
#include <iomanip>
#include <iostream>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/memory_scope.h"
#include "tests/milter/pressure.h"

namespace signpost::milter {
namespace {

/// SIGNPOST_LONG=1: large, as in docs/performance.md.
const std::size_t kSize = std::getenv("SIGNPOST_LONG") != nullptr ? 8 << 20 : 1 << 20;
/// What a message needs whatever its size: in part the test's own log lines.
constexpr std::size_t kAlways = 1 << 20;

std::string repeat(const std::string& piece, std::size_t size = kSize) {
  std::string text;
  text.reserve(size + piece.size());
  while (text.size() < size) text += piece;
  return text;
}

std::string wrapped(const std::string& digits, std::size_t line) {
  std::string text;
  for (std::size_t at = 0; at < digits.size(); at += line) text += digits.substr(at, line) + "\r\n";
  return text;
}

/// Every octet as =XX: three times as long.
std::string all_quoted(const std::string& text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  std::size_t column = 0;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    out += {'=', kDigits[octet >> 4], kDigits[octet & 15]};
    if (++column % 24 == 0) out += "=\r\n";
  }
  return out + "\r\n";
}

struct Shape {
  const char* name;
  const char* fields;
  std::function<std::string()> body;
};

const std::string kLine = "<p>A line of text, as people write it.</p>\r\n";
const std::string kLink = "<a href=\"https://shop.example/sale\">x</a>\r\n";
const std::string kShortLink = "<a href=http://a.b>\r\n";
const std::string kLongLink = "<a href=\"https://shop.example/" + std::string(600, 'p') + "\">x</a>\r\n";
constexpr const char* kHtml = "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8";
constexpr const char* kQuoted =
    "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable";
constexpr const char* kBase64 =
    "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64";
constexpr const char* kMixed = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b";

std::string part(const std::string& content, const char* type = "text/html") {
  return std::string("--b\r\nContent-Type: ") + type + "\r\n\r\n" + content + "\r\n";
}

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> all = {
      {"text", "", [] { return repeat("A line of text, as people write it.\r\n"); }},
      {"text of links", "", [] { return repeat("https://shop.example/a\r\n"); }},
      {"line ends", "", [] { return repeat("\r\n"); }},
      {"eight bit text", "", [] { return repeat("\xC3\xA4\xC3\xB6\xC3\xBC\r\n"); }},
      {"eight bit, one line", "", [] { return repeat("\xC3\xA4"); }},
      {"one line", "", [] { return repeat("x"); }},
      {"equals signs", kHtml, [] { return repeat("="); }},
      {"html", kHtml, [] { return repeat(kLine); }},
      {"html, few links", kHtml, [] { return repeat(repeat(kLine, 4096) + kLink); }},
      {"html of links", kHtml, [] { return repeat(kLink); }},
      {"html of short links", kHtml, [] { return repeat(kShortLink); }},
      {"html of long links", kHtml, [] { return repeat(kLongLink); }},
      {"html of one line with links", kHtml,
       [] { return repeat("<a href=\"https://shop.example/s\">x</a> "); }},
      {"html of one line, eight bit", kHtml, [] { return repeat("\xC3\xA4") + kLink; }},
      {"one attribute", kHtml, [] { return "<a href=\"https://a.b/" + repeat("x") + "\">"; }},
      {"one attribute of references", kHtml,
       [] { return "<a href=\"https://a.b/" + repeat("&amp;\r\n") + "\">"; }},
      {"attributes", kHtml, [] { return "<a" + repeat(" a=b\r\n") + ">"; }},
      {"tags", kHtml, [] { return repeat("<p>\r\n"); }},
      {"open tags", kHtml, [] { return repeat("<a\r\n"); }},
      {"comments", kHtml, [] { return repeat("<!---->\r\n"); }},
      {"conditional comments", kHtml,
       [] { return repeat("<!--[if mso]><a href=\"http://a.b/c\"><![endif]-->\r\n"); }},
      {"text of a link", kHtml,
       [] { return "<a href=\"https://a.b/\">" + repeat("https://c.d\r\n") + "</a>"; }},
      {"base64", kBase64, [] { return wrapped(base::encode_base64(repeat(kLine, kSize * 3 / 4)), 76); }},
      {"base64, few links", kBase64,
       [] { return wrapped(base::encode_base64(repeat(repeat(kLine, 4096) + kLink, kSize * 3 / 4)), 76); }},
      {"base64 of links", kBase64,
       [] { return wrapped(base::encode_base64(repeat(kLink, kSize * 3 / 4)), 76); }},
      {"base64 of short links", kBase64,
       [] { return wrapped(base::encode_base64(repeat(kShortLink, kSize * 3 / 4)), 76); }},
      {"base64, four a line", kBase64,
       [] { return wrapped(base::encode_base64(repeat(kLink, kSize / 2)), 4); }},
      {"base64, one line", kBase64,
       [] { return base::encode_base64(repeat(kLink, kSize * 3 / 4)) + "\r\n"; }},
      {"quoted", kQuoted, [] { return repeat(kLine); }},
      {"quoted of links", kQuoted,
       [] { return repeat("<a href=3D\"https://shop.example/sale\">x</a>\r\n"); }},
      {"all quoted", kQuoted, [] { return all_quoted(repeat(kLink, kSize / 3)); }},
      {"soft breaks", kQuoted, [] { return repeat("=\r\n"); }},
      {"many parts", kMixed, [] { return repeat(part(repeat(kLink, kSize / 900))) + "--b--\r\n"; }},
      {"more parts", kMixed, [] { return repeat("--b\r\n\r\n\r\n") + "--b--\r\n"; }},
      {"nearly delimiters", kMixed, [] { return part(repeat("--bb\r\n")) + "--b--\r\n"; }},
      {"attachment", kMixed,
       [] {
         return part(kLink) +
                part(wrapped(base::encode_base64(std::string(kSize * 3 / 4, '\x81')), 76),
                     "image/jpeg\r\nContent-Transfer-Encoding: base64") +
                "--b--\r\n";
       }},
      {"binary attachment", kMixed,
       [] { return part(kLink) + part(repeat("\x81\x82"), "image/jpeg") + "--b--\r\n"; }},
  };
  return all;
}

struct Way {
  const char* name;
  const char* settings;
};
constexpr Way kWays[] = {
    {"usual", ""},
    {"long lines", "plain_text = true\nrecode_long_lines = true\n[dkim]\nlong_lines = \"recode\"\n"},
    {"eight bit",
     "plain_text = true\nrecode_long_lines = true\nconditional_comments = true\n"
     "[dkim]\nlong_lines = \"recode\"\neight_bit = \"recode\"\n"},
};

/// Of its size, held and worked on.
double memory_of(const Shape& shape, const Way& way, std::string* word) {
  tests::Press press(way.settings);
  const std::string body = shape.body();
  Session session(press.services());
  std::size_t peak = 0;
  {
    const base::MemoryScope scope(base::MemoryScope::kUnlimited);
    press.send(session, shape.fields, body);
    const Outcome outcome = session.end_of_message("Q1");
    EXPECT_EQ(outcome.verdict.action, policy::Action::accept);
    session.finish(true);
    peak = scope.peak();
  }
  const std::string line = press.last_line();
  const std::size_t at = line.find("unrewritten=");
  *word = at == line.npos ? "" : line.substr(at + 12, line.find(' ', at) - at - 12);
  EXPECT_NE(line.find("dkim=s1:shop.example"), line.npos) << shape.name << ": " << line;
  EXPECT_EQ(press.counters().held_bytes, 0u) << shape.name;
  const double size = static_cast<double>(body.size());
  return (static_cast<double>(peak) + size - static_cast<double>(std::min(peak, kAlways))) / size;
}

TEST(Shapes, NoneNeedsMoreThanFourTimesItsSize) {
  std::size_t count = 0;
  for (const Shape& shape : shapes()) {
    for (const Way& way : kWays) {
      std::string word;
      const double times = memory_of(shape, way, &word);
      std::cout << std::fixed << std::setprecision(1) << times << " x  " << shape.name << " (" << way.name
                << ")" << (word.empty() ? "" : ", " + word) << "\n";
      EXPECT_LE(times, 4.0) << shape.name << ", " << way.name;
      ++count;
    }
  }
  EXPECT_GE(count, 100u);
}

}  // namespace
}  // namespace signpost::milter
