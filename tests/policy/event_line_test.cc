// A line of the log comes back as the event that it was made of.
#include "policy/event_line.h"

#include <gtest/gtest.h>

#include "policy/event.h"

namespace signpost::policy {
namespace {

using Kind = EventField::Kind;

Event sample() {
  Event event;
  event.at = *base::parse_time("2026-11-28T12:00:00.123Z");
  event.add("id", "01JDC0");
  event.add("qid", "");
  event.add("to", "bob@example.net", Kind::address);
  event.add("from", "\"a b\"@example.net", Kind::address);
  event.add("login", "", Kind::text);
  event.add("reply", "550 5.7.1 \"no\" qid=1 \x01\xff", Kind::text);
  event.add("dkim", "a:b,c:d", Kind::list);
  event.add("ms", 12);
  return event;
}

TEST(EventLine, ComesBackAsItWas) {
  const auto line = parse_event_text(format_event_text(sample()));
  ASSERT_TRUE(line) << line.error().text;
  EXPECT_EQ(line->at, sample().at);
  EXPECT_EQ(line->value("id"), "01JDC0");
  EXPECT_EQ(line->value("qid"), "");
  EXPECT_EQ(line->value("to"), "<bob@example.net>");
  EXPECT_EQ(line->address("to"), "bob@example.net");
  EXPECT_EQ(line->address("from"), "\"a b\"@example.net");
  EXPECT_EQ(line->value("login"), "");
  EXPECT_EQ(line->value("reply"), "550 5.7.1 \"no\" qid=1 \x01\xff");
  EXPECT_EQ(line->value("dkim"), "a:b,c:d");
  EXPECT_EQ(line->value("ms"), "12");
  EXPECT_EQ(line->fields.size(), 8u);
}

TEST(EventLine, EveryCutIsAnErrorOrALine) {
  const std::string whole = format_event_text(sample());
  for (std::size_t i = 0; i < whole.size(); ++i) (void)parse_event_text(whole.substr(0, i));
  for (const char* line :
       {"", "x", "2026-11-28T12:00:00.123Z", "2026-11-28T12:00:00.123Z x", "2026-11-28T12:00:00.123Z  a=b",
        "2026-11-28T12:00:00.123Z a=\"b", "2026-11-28T12:00:00.123Z a=\"b\"c", "a=b c=d"})
    EXPECT_FALSE(parse_event_text(line)) << line;
}

TEST(EventLine, FindsAValueAsItIsWritten) {
  const std::string line = format_event_text(sample());
  EXPECT_EQ(find_raw_value(line, "id"), "01JDC0");
  EXPECT_EQ(find_raw_value(line, "qid"), "-");
  EXPECT_EQ(find_raw_value(line, "to"), "<bob@example.net>");
  EXPECT_EQ(find_raw_value(line, "from"), R"("<\"a b\"@example.net>")");
  EXPECT_EQ(find_raw_value(line, "d"), "");
  EXPECT_EQ(find_raw_value(line, "none"), "");
}

}  // namespace
}  // namespace signpost::policy
