// The MIME walker on ordinary, odd and hostile bodies. A structure is compared by a sketch: types, children
// and the text of the leaves.
#include "mail/mime.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace signpost::mail {
namespace {

std::vector<Field> typed(std::string_view content_type) {
  return {{"From", " a@x.example"}, {"Content-Type", std::string(content_type)}};
}

/// "multipart/mixed(text/plain[hello],text/html[<b>])", with "!" after an unclosed multipart.
std::string sketch(const Part& part, std::string_view body) {
  if (part.children.empty()) return part.type.value + "[" + std::string(part.content.of(body)) + "]";
  std::string out = part.type.value + (part.unclosed ? "!(" : "(");
  for (const Part& child : part.children) out += sketch(child, body) + ",";
  out.back() = ')';
  return out;
}

struct Case {
  const char* name;
  const char* type;
  const char* body;
  const char* sketch;
  const char* problem;
};

TEST(Mime, ReadsStructures) {
  const Case cases[] = {
      {"plain root", " text/plain", "hello\r\n", "text/plain[hello\r\n]", ""},
      {"no type", "", "hello", "text/plain[hello]", ""},
      {"two parts", " multipart/alternative; boundary=b",
       "pre\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: text/html\r\n\r\n<b>\r\n--b--\r\nepilogue\r\n",
       "multipart/alternative(text/plain[one],text/html[<b>])", ""},
      {"LF only", " multipart/mixed; boundary=b",
       "--b\n\none\n--b\nContent-Type: text/html\n\n<b>\n\n--b--\n",
       "multipart/mixed(text/plain[one],text/html[<b>\n])", ""},
      {"quoted boundary, padding", " multipart/mixed; boundary=\"a b:c\"",
       "--a b:c \t\r\n\r\nx\r\n--a b:c--  \r\n", "multipart/mixed(text/plain[x])", ""},
      {"unclosed", " multipart/mixed; boundary=b", "--b\r\n\r\none\r\n--b\r\n\r\ntwo",
       "multipart/mixed!(text/plain[one],text/plain[two])", ""},
      {"boundary is a prefix of another", " multipart/mixed; boundary=b",
       "--b\r\nContent-Type: multipart/alternative; "
       "boundary=bb\r\n\r\n--bb\r\n\r\nx\r\n--bb--\r\n--b\r\n\r\ny\r\n--b--",
       "multipart/mixed(multipart/alternative(text/plain[x]),text/plain[y])", ""},
      {"text that only looks like a delimiter", " multipart/mixed; boundary=b",
       "--b\r\n\r\n--bx\r\n --b\r\n--b-\r\n--b--x\r\n--b--",
       "multipart/mixed(text/plain[--bx\r\n --b\r\n--b-\r\n--b--x])", ""},
      {"outer delimiter ends the inner", " multipart/mixed; boundary=o",
       "--o\r\nContent-Type: multipart/related; boundary=i\r\n\r\n--i\r\n\r\nx\r\n--o\r\n\r\ny\r\n--o--",
       "multipart/mixed(multipart/related!(text/plain[x]),text/plain[y])", ""},
      {"delimiters after the closing one are epilogue", " multipart/mixed; boundary=b",
       "--b\r\n\r\nx\r\n--b--\r\n--b\r\n\r\ny\r\n--b--", "multipart/mixed(text/plain[x])", ""},
      {"no header, no empty line", " multipart/mixed; boundary=b", "--b\r\njust text\r\n--b--",
       "multipart/mixed(text/plain[just text])", ""},
      {"empty parts", " multipart/mixed; boundary=b", "--b\r\n--b\r\n\r\n--b\r\nX: y\r\n--b--",
       "multipart/mixed(text/plain[],text/plain[],text/plain[])", ""},
      {"digest", " multipart/digest; boundary=b", "--b\r\n\r\nSubject: x\r\n\r\ny\r\n--b--",
       "multipart/digest(message/rfc822[Subject: x\r\n\r\ny])", ""},
      {"message/rfc822 is a leaf", " multipart/mixed; boundary=b",
       "--b\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; "
       "boundary=c\r\n\r\n--c\r\n\r\nz\r\n--c--"
       "\r\n--b--",
       "multipart/mixed(message/rfc822[Content-Type: multipart/mixed; "
       "boundary=c\r\n\r\n--c\r\n\r\nz\r\n--c--])",
       ""},
      {"folded header", " multipart/mixed;\n\tboundary=b",
       "--b\r\nContent-Type: text/html;\r\n charset=utf-8\r\nX-Y: z\r\n more\r\n\r\nx\r\n--b--",
       "multipart/mixed(text/html[x])", ""},
      {"never a delimiter", " multipart/mixed; boundary=b", "text\r\n", "multipart/mixed[text\r\n]", ""},
      {"no boundary", " multipart/mixed", "--b\r\n\r\nx\r\n--b--", "multipart/mixed[--b\r\n\r\nx\r\n--b--]",
       "bad-boundary"},
      {"same boundary twice", " multipart/mixed; boundary=b",
       "--b\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n--b--",
       "multipart/mixed(multipart/related(text/plain[x]))", "ambiguous"},
      {"closing delimiter of one, opening of the other", " multipart/mixed; boundary=\"b--\"",
       "--b--\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
       "multipart/mixed!(multipart/related(text/plain[x]))", "ambiguous"},
  };
  for (const Case& one : cases) {
    const std::string_view body = one.body;
    const Structure structure = parse_mime(typed(one.type), body);
    EXPECT_EQ(sketch(structure.root, body), one.sketch) << one.name;
    EXPECT_EQ(structure.problem, one.problem) << one.name;
  }
}

TEST(Mime, DescribesParts) {
  const std::string body =
      "--b\r\nContent-Type: TEXT/HTML; Charset=\"UTF-8\"\r\nContent-transfer-encoding : Quoted-Printable "
      "(why)\r\n"
      "Content-Disposition: ATTACHMENT; filename=x.html\r\n\r\nx\r\n"
      "--b\r\nContent-Type: text/html\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding:\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\ny\r\n--b--\r\n";
  const Structure structure = parse_mime(typed("multipart/mixed; boundary=b"), body);
  ASSERT_EQ(structure.root.children.size(), 2u);
  const Part& first = structure.root.children[0];
  EXPECT_EQ(first.type.value, "text/html");
  ASSERT_NE(first.type.parameter("charset"), nullptr);
  EXPECT_EQ(*first.type.parameter("charset"), "UTF-8");
  EXPECT_EQ(first.encoding, "quoted-printable");
  EXPECT_EQ(first.disposition.value, "attachment");
  EXPECT_FALSE(first.several_types);
  EXPECT_TRUE(first.header.of(body).starts_with("Content-Type: TEXT"));
  EXPECT_TRUE(first.header.of(body).ends_with("x.html\r\n"));
  const Part& second = structure.root.children[1];
  EXPECT_TRUE(second.several_types);
  EXPECT_TRUE(second.several_encodings);
  EXPECT_EQ(second.encoding, "7bit");
}

TEST(Mime, StopsAtItsBounds) {
  std::string deep;
  std::string type = " multipart/mixed; boundary=b0";
  for (int level = 0; level < 40; ++level) {
    deep += "--b" + std::to_string(level) + "\r\nContent-Type: multipart/mixed; boundary=b" +
            std::to_string(level + 1) + "\r\n\r\n";
  }
  EXPECT_EQ(parse_mime(typed(type), deep).problem, "too-deep");

  std::string wide;
  for (int i = 0; i < 1001; ++i) wide += "--b\r\n\r\nx\r\n";
  const Structure structure = parse_mime(typed("multipart/mixed; boundary=b"), wide);
  EXPECT_EQ(structure.problem, "too-many-parts");
  EXPECT_LE(structure.root.children.size(), 1000u);
}

void check_ranges(const Part& part, const Range& within) {
  EXPECT_LE(within.begin, part.header.begin);
  EXPECT_LE(part.header.begin, part.header.end);
  EXPECT_LE(part.content.begin, part.content.end);
  EXPECT_LE(part.content.end, within.end);
  std::size_t done = part.content.begin;
  for (const Part& child : part.children) {
    EXPECT_LE(done, child.header.begin);
    check_ranges(child, part.content);
    done = child.content.end;
  }
}

TEST(Mime, RangesOfRandomBodiesNest) {
  const std::vector<std::string> pieces = {"--b\r\n",
                                           "--c\r\n",
                                           "--b--\r\n",
                                           "--c--",
                                           "\r\n",
                                           "\n",
                                           "text",
                                           "Content-Type: multipart/mixed; boundary=c\r\n",
                                           "Content-Type: text/html\n",
                                           " fold\r\n",
                                           "--"};
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string body;
    for (auto i = random() % 30; i > 0; --i) body += pieces[random() % pieces.size()];
    const Structure structure = parse_mime(typed("multipart/mixed; boundary=b"), body);
    check_ranges(structure.root, {0, body.size()});
  }
}

TEST(Mime, BombsAreReadToTheEnd) {
  for (const char* piece : {"--\n", "--b\n", "--b\r\nX: y\r\n", "\n", "--bb\n", "--b\n\tfold\n"}) {
    std::string body;
    while (body.size() < (2u << 20)) body += piece;
    const Structure structure = parse_mime(typed("multipart/mixed; boundary=b"), body);
    EXPECT_LE(structure.root.children.size(), 1000u);
  }
}

struct ValueCase {
  const char* given;
  const char* value;
  std::vector<std::pair<std::string, std::string>> parameters;
};

TEST(Mime, ReadsContentValues) {
  const ValueCase cases[] = {
      {"", "", {}},
      {" Text/HTML", "text/html", {}},
      {"text/plain; charset=us-ascii (Plain text)", "text/plain", {{"charset", "us-ascii"}}},
      {"(c) text/plain(d);(e;f)Charset = \"utf-8\" ; Format=flowed",
       "text/plain",
       {{"charset", "utf-8"}, {"format", "flowed"}}},
      {"a/b; x=\"a;\\\"b\\\\\"; y=2", "a/b", {{"x", "a;\"b\\"}, {"y", "2"}}},
      {"a/b; x=\"open; y=2", "a/b", {{"x", "open; y=2"}}},
      {"a/b;;; =1; x; y=2;", "a/b", {{"y", "2"}}},
      {"a/b; boundary=----=_Part(1)_x", "a/b", {{"boundary", "----=_Part(1)_x"}}},
      {"a/b; x=\"fo\n\tld\"", "a/b", {{"x", "fo\tld"}}},
      {"a/b; f*0=one; f*1=\" two\"; f*3=four", "a/b", {{"f", "one two"}}},
      {"a/b; f*=UTF-8'en'%e2%82%ac%zz", "a/b", {{"f", "\u20AC%zz"}}},
      {"a/b; f*1*=%41b; f*0*=x'y'%20", "a/b", {{"f", " Ab"}}},
      {"a/b charset=x; y=1", "a/b", {{"y", "1"}}},
  };
  for (const ValueCase& one : cases) {
    const ContentValue read = parse_content_value(one.given);
    EXPECT_EQ(read.value, one.value) << one.given;
    EXPECT_EQ(read.parameters, one.parameters) << one.given;
  }
}

}  // namespace
}  // namespace signpost::mail
