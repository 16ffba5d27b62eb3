// Times of other services.
#include "importers/foreign_time.h"

#include <gtest/gtest.h>

namespace signpost::importers {
namespace {

TEST(ForeignTime, ReadsWhatServicesWrite) {
  for (const char* text :
       {"2024-03-01T10:00:00Z", "2024-03-01 10:00:00", "2024-03-01T12:00:00+02:00",
        "2024-03-01T05:00:00-0500", "1709287200", "1709287200.9", "1709287200000",
        "Fri, 01 Mar 2024 10:00:00 GMT", "1 Mar 2024 10:00:00 +0000", "2024-03-01 10:00:00 UTC",
        "2024-03-01 10:00:00+00", "2024/03/01 10:00:00", "2024-03-01 10:00", "2024-03-01 10:00:00 +0000 UTC",
        "2024-03-01 12:00:00 +0200 CEST"}) {
    const auto time = parse_foreign_time(text);
    ASSERT_TRUE(time) << text << ": " << time.error().text;
    EXPECT_EQ(base::format_time(*time), "2024-03-01T10:00:00.000Z") << text;
  }
  const std::pair<const char*, const char*> fractions[] = {
      {"2016-01-14 19:08:17.51258", "2016-01-14T19:08:17.512Z"},
      {"2024-03-01 10:00:00.123456 +0000 UTC", "2024-03-01T10:00:00.123Z"},
      {"2023-10-06 23:47:56.678+00", "2023-10-06T23:47:56.678Z"},
      {"2024-03-01", "2024-03-01T00:00:00.000Z"}};
  for (const auto& [text, expected] : fractions) {
    const auto time = parse_foreign_time(text);
    ASSERT_TRUE(time) << text << ": " << time.error().text;
    EXPECT_EQ(base::format_time(*time), expected) << text;
  }
}

TEST(ForeignTime, RefusesWhatIsNone) {
  for (const char* text :
       {"", "soon", "2024-13-01", "Fri, 01 Foo 2024 10:00:00 GMT", "2024-03-01T10:00:00+2", "999999999999999",
        "-5", "1 2 3 4", "Mon, 01 Jan 0001 00:00:00 UTC", "1709287200.x"}) {
    EXPECT_FALSE(parse_foreign_time(text)) << text;
  }
}

}  // namespace
}  // namespace signpost::importers
