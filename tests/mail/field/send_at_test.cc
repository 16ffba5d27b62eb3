#include "mail/field/send_at.h"

#include <gtest/gtest.h>

namespace signpost::mail {
namespace {

TEST(SendAt, IsATimeWithItsZone) {
  const char* const kNine = "2026-12-01T09:00:00.000Z";
  for (const char* text :
       {"2026-12-01T10:00:00+01:00", " 2026-12-01T09:00:00Z ", "2026-12-01T09:00Z", "2026-12-01t09:00:00z",
        "2026-12-01 03:30:00-05:30", "2026-12-01T10:00+0100", "2026-12-01T09:00:00.000-00:00"}) {
    const auto time = parse_send_at(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(base::format_time(*time), kNine) << text;
  }
}

TEST(SendAt, AnythingElseSaysWhatWasExpected) {
  for (const char* text :
       {"", "tomorrow", "2026-12-01", "2026-12-01T09:00:00", "2026-12-01T09:00:00+1", "2026-13-01T09:00:00Z",
        "2026-12-01T25:00:00Z", "2026-12-01T09:00:00+24:00", "2026-12-01T09:00:00+01:60", "1796115600",
        "2026-12-01T09:00:00Z; DROP TABLE", "2026-12-01T09:00:00+01:00:00", "9999999999-12-01T09:00:00Z"}) {
    const auto time = parse_send_at(text);
    ASSERT_FALSE(time) << text;
    EXPECT_NE(time.error().text.find("2026-12-01T09:00:00+01:00"), std::string::npos);
  }
}

}  // namespace
}  // namespace signpost::mail
