// Log lines: their two spellings, and that nothing hostile gets out of its value.
#include "policy/event.h"

#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace signpost::policy {
namespace {

using Kind = EventField::Kind;

Event sample() {
  Event event;
  event.at = base::Wall(std::chrono::milliseconds(1795435200123));
  event.add("conn", "9f3a");
  event.add("qid", "");
  event.add("from", "a@acme.example", Kind::address);
  event.add("to", "", Kind::address);
  event.add("rcpts", 12);
  event.add("ms", "1.4", Kind::number);
  event.add("dkim", "s1:a.example,s2:a.example", Kind::list);
  event.add("reply", "550 5.7.1 say \"no\"\\", Kind::text);
  event.add("note", "", Kind::text);
  return event;
}

TEST(FormatEvent, Text) {
  EXPECT_EQ(format_event_text(sample()),
            "2026-11-23T12:00:00.123Z conn=9f3a qid=- from=<a@acme.example> to=<> rcpts=12 ms=1.4 "
            "dkim=s1:a.example,s2:a.example reply=\"550 5.7.1 say \\\"no\\\"\\\\\" note=\"\"");
}

TEST(FormatEvent, Json) {
  EXPECT_EQ(format_event_json(sample()),
            R"({"time":"2026-11-23T12:00:00.123Z","conn":"9f3a","qid":"-","from":"a@acme.example","to":"",)"
            R"("rcpts":12,"ms":1.4,"dkim":["s1:a.example","s2:a.example"],)"
            R"("reply":"550 5.7.1 say \"no\"\\","note":""})");
}

TEST(FormatEvent, HidesAddressesIfAsked) {
  const AddressView view = [](std::string_view address) { return "h" + std::to_string(address.size()); };
  EXPECT_NE(format_event_text(sample(), view).find("from=<h14> to=<>"), std::string::npos);
  EXPECT_NE(format_event_json(sample(), view).find(R"("from":"h14","to":"")"), std::string::npos);
}

TEST(FormatEvent, NumbersThatAreNoneAreQuotedInJson) {
  for (const char* text : {"", "1e5", "01", "-1", ".5", "5.", "1.2.3", "NaN", "1,2"}) {
    Event event;
    event.add("n", text, Kind::number);
    EXPECT_TRUE(nlohmann::json::parse(format_event_json(event)).at("n").is_string()) << text;
  }
}

TEST(FormatValue, RoundTrips) {
  const struct {
    std::string value;
    const char* text;
  } kCases[] = {
      {"", "\"\""},
      {"plain", "plain"},
      {"<a@b>", "<a@b>"},
      {"a=b,c", "a=b,c"},
      {"two words", "\"two words\""},
      {"a\"b\\c", "\"a\\\"b\\\\c\""},
      {"a\r\nb\x7F", "\"a\\x0d\\x0ab\\x7f\""},
      {std::string("\0", 1), "\"\\x00\""},
      {"grüße", "\"grüße\""},
      {"\xC2\x85", "\"\\xc2\\x85\""},  // C1: next line
      {"a\xE2\x80\xAE"
       "b",
       "\"a\\xe2\\x80\\xae"
       "b\""},                                  // right-to-left override
      {"\xE2\x80\xA8", "\"\\xe2\\x80\\xa8\""},  // line separator
      {"\xFF\xC3", "\"\\xff\\xc3\""},
      {"\xF0\x9F\x93\xAE", "\"\xF0\x9F\x93\xAE\""},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(format_value(test.value), test.text);
    EXPECT_EQ(parse_value(format_value(test.value)).value_or("?"), test.value);
  }
}

TEST(ParseValue, RefusesTheRest) {
  for (const std::string text : {"", "\"", "\"a", "\"a\"b", "\"a\" ", "a b", "a\"", "a\\", "\"\\n\"",
                                 "\"\\x0\"", "\"\\x0g\"", "\"\\", "\"\\\"", "a\tb", "\xC3\xA4"}) {
    EXPECT_FALSE(parse_value(text)) << text;
  }
}

std::string random_value(std::mt19937& random) {
  static const std::string kBytes = "ab \"\\\n\r\t=,<>\x7F\xC2\x85\xE2\x80\xAE\xF0\x9F\x93\xAE\xFF";
  std::string value;
  const std::size_t length = random() % 8 == 0 ? random() % 9000 : random() % 40;
  while (value.size() < length) value += kBytes[random() % kBytes.size()];
  return value;
}

bool is_no_control(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
}

TEST(FormatEvent, LinesAreAlwaysOneShortLine) {
  std::mt19937 random(5);
  constexpr Kind kKinds[] = {Kind::word, Kind::number, Kind::address, Kind::list, Kind::text};
  for (int run = 0; run < 1500; ++run) {
    Event event;
    const std::size_t fields = run % 50 == 0 ? 400 : random() % 12;
    for (std::size_t i = 0; i < fields; ++i) event.add("key", random_value(random), kKinds[random() % 5]);
    const std::string text = format_event_text(event);
    const std::string json = format_event_json(event);
    for (const std::string& line : {text, json}) {
      ASSERT_LE(line.size(), 8192u);
      ASSERT_TRUE(std::all_of(line.begin(), line.end(), is_no_control)) << testing::PrintToString(line);
    }
    const auto parsed = nlohmann::json::parse(json, nullptr, false);
    ASSERT_TRUE(parsed.is_object()) << json;
  }
}

TEST(FormatEvent, CutsTheLongestFirst) {
  Event event = sample();
  event.add("metadata", std::string(20000, 'x'), Kind::text);
  event.add("ms", 7);
  const std::string line = format_event_text(event);
  EXPECT_GT(line.size(), 4000u);
  EXPECT_LE(line.size(), 8192u);
  EXPECT_NE(line.find("from=<a@acme.example>"), std::string::npos);
  EXPECT_TRUE(line.ends_with("x ms=7 cut=yes"));
  EXPECT_EQ(nlohmann::json::parse(format_event_json(event)).at("cut"), "yes");
}

TEST(Event, Find) {
  const Event event = sample();
  ASSERT_NE(event.find("rcpts"), nullptr);
  EXPECT_EQ(*event.find("rcpts"), "12");
  EXPECT_EQ(event.find("missing"), nullptr);
}

TEST(Event, WordsOfOthersAreLeftOutWhereAddressesAreHashed) {
  Event event;
  event.add("said", "550 <bob@example.net>: unknown", EventField::Kind::words);
  EXPECT_NE(format_event_text(event).find("said=\"550 <bob@example.net>: unknown\""), std::string::npos);
  const AddressView view = [](std::string_view) { return std::string("hmac:1:00"); };
  EXPECT_NE(format_event_text(event, view).find(" said=-"), std::string::npos);
  EXPECT_EQ(format_event_json(event, view).find("bob"), std::string::npos);
}

}  // namespace
}  // namespace signpost::policy
