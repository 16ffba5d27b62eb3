// Records of CSV and JSON, and the encodings below them.
#include "importers/records.h"

#include "importers/json_records.h"
#include "tests/importers/support.h"

namespace signpost::importers {
namespace {

using Cells = std::vector<std::string>;

std::vector<Cells> csv(const std::string& text, CsvForm form, std::vector<std::uint64_t>* numbers = nullptr) {
  TextSource source(tests::reader_of(text, 3));
  CsvRecords records(source, form, 0);
  std::vector<Cells> all;
  Record record;
  for (;;) {
    const auto more = records.next(record);
    EXPECT_TRUE(more) << more.error().text;
    if (!more || !*more) return all;
    if (numbers != nullptr) numbers->push_back(record.number);
    all.push_back(record.fault.empty() ? record.cells : Cells{"fault: " + record.fault});
  }
}

TEST(CsvRecords, FollowRfc4180) {
  std::vector<std::uint64_t> numbers;
  EXPECT_EQ(csv("a,\"b, \"\"c\"\"\r\nd\",e\r\n\r\nx,y\n", {','}, &numbers),
            (std::vector<Cells>{{"a", "b, \"c\" d", "e"}, {"x", "y"}}));
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{1, 4}));
  EXPECT_EQ(csv("a;\"b;c\";\n", {';'}), (std::vector<Cells>{{"a", "b;c", ""}}));
  EXPECT_EQ(csv("a,  \"b\" ,c", {','}), (std::vector<Cells>{{"a", "b", "c"}}));
  EXPECT_EQ(csv("a,\"b\"c,d\nx", {','}),
            (std::vector<Cells>{{"fault: text right after a closing quote"}, {"x"}}));
  EXPECT_EQ(csv("a,\"John Smith\" <x@a.example>,d", {','}),
            (std::vector<Cells>{{"a", "\"John Smith\" <x@a.example>", "d"}}));
  EXPECT_EQ(csv("a\t\"b\" c\td\n", {'\t'}), (std::vector<Cells>{{"a", "\"b\" c", "d"}}));
  EXPECT_EQ(csv("a,b\rc,d\r", {',', true}), (std::vector<Cells>{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(csv("\"a\nb\"\n\"c\"", {}), (std::vector<Cells>{{"\"a"}, {"b\""}, {"c"}}));
}

TEST(CsvRecords, AQuoteThatNobodyClosesEndsTheFile) {
  TextSource source(tests::reader_of("a,\"b\n" + std::string(300'000, 'x') + "\n", 100'000));
  CsvRecords records(source, {','}, 0);
  Record record;
  const auto more = records.next(record);
  ASSERT_FALSE(more);
  EXPECT_NE(more.error().text.find("line 1"), std::string::npos) << more.error().text;
}

TEST(Cells, AreCleaned) {
  EXPECT_EQ(clean_cell("gel\xF6scht \x80"), "gel\xC3\xB6scht \xE2\x82\xAC");
  EXPECT_EQ(clean_cell("\xEF\xBB\xBF x\xC2\xA0"), "x");
  EXPECT_EQ(clean_cell("a\r\nb\tc\x01"), "a b c");
  EXPECT_EQ(squeeze("E-Mail Address_1"), "emailaddress1");
}

std::string utf16(const std::string& ascii, bool is_big, bool with_mark) {
  std::string bytes = with_mark ? (is_big ? "\xFE\xFF" : "\xFF\xFE") : "";
  for (const char c : ascii) {
    if (is_big) bytes += '\0';
    bytes += c;
    if (!is_big) bytes += '\0';
  }
  return bytes;
}

TEST(TextSource, KnowsEncodings) {
  for (const std::size_t piece : {1u, 2u, 5u, 1000u}) {
    for (const bool is_big : {false, true}) {
      for (const bool with_mark : {false, true}) {
        TextSource source(tests::reader_of(utf16("anna@a.example,x\n", is_big, with_mark), piece));
        EXPECT_EQ(source.peek(1000), "anna@a.example,x\n");
        EXPECT_EQ(source.encoding(), is_big ? Encoding::utf16_be : Encoding::utf16_le);
      }
    }
    TextSource marked(tests::reader_of("\xEF\xBB\xBFx", piece));
    EXPECT_EQ(marked.peek(10), "x");
  }
  TextSource pair(tests::reader_of(std::string("\xFF\xFE\x3D\xD8\x00\xDE", 6)));
  EXPECT_EQ(pair.peek(10), "\xF0\x9F\x98\x80");
  TextSource broken(tests::reader_of(std::string("\xFF\xFE\x3D\xD8x", 5)));
  EXPECT_EQ(broken.peek(10), "\xEF\xBF\xBD");
}

std::vector<std::string> json(const std::string& text, JsonEnd* end = nullptr) {
  TextSource source(tests::reader_of(text, 5));
  std::vector<std::string> all;
  const auto read = read_json_records(source, [&](Record& record) {
    std::string line = std::to_string(record.number) + ":";
    for (std::size_t i = 0; i < record.names.size(); ++i)
      line += " " + record.names[i] + "=" + record.cells[i];
    all.push_back(line);
    return true;
  });
  if (!read) all.push_back("error " + read.error().text.substr(0, 40));
  if (read && end != nullptr) *end = *read;
  return all;
}

TEST(JsonRecords, FindEntries) {
  using All = std::vector<std::string>;
  EXPECT_EQ(json(R"([{"a":1,"b":{"c":"x","d":[1,2]}},{"a":true}])"),
            (All{"1: a=1 b.c=x b.d=1,2", "2: a=true"}));
  EXPECT_EQ(json(R"({"items":[{"a":"x@y"}],"paging":{"next":"z"}} {"items":[],"paging":{}})"),
            (All{"1: a=x@y"}));
  EXPECT_EQ(json("{\"a\":\"x@y\",\"tags\":[]}\n{\"a\":\"z@y\",\"tags\":[\"p\",\"q\"]}\n"),
            (All{"1: a=x@y", "2: a=z@y tags=p,q"}));
  EXPECT_EQ(json(R"(["x@y","z@y"])"), (All{"1: address=x@y", "2: address=z@y"}));
  EXPECT_EQ(json(R"([{"p":{"q":[{"r":1},{"r":2}]}}])"), (All{"1: p.q.r=1"}));
  JsonEnd end;
  json(R"({"d":[{"a":"x@y"}],"NextToken":"t"})", &end);
  EXPECT_TRUE(end.is_cut);
  json(R"({"d":[{"a":"x@y"}],"NextToken":null,"has_more":false})", &end);
  EXPECT_FALSE(end.is_cut);
}

TEST(JsonRecords, ErrorsNameTheLine) {
  EXPECT_TRUE(json("{\"a\":\"x@y\"}\n{\"a\":").back().starts_with("error line 2: this is not valid JSON"));
  EXPECT_TRUE(json("[\"a\", \"" + std::string(400'000, 'x') + "\"]")
                  .back()
                  .starts_with("error line 1: a value is longer"));
  EXPECT_TRUE(json(std::string(100, '[')).back().starts_with("error line 1"));
}

}  // namespace
}  // namespace signpost::importers
