// Times, durations and sizes: what is read, what is refused, and that formats come back.
#include "base/clock.h"

#include <gtest/gtest.h>

namespace signpost::base {
namespace {

using std::chrono::milliseconds;

TEST(Time, Reads) {
  const struct {
    const char* text;
    const char* full;
  } cases[] = {
      {"2026-11-23", "2026-11-23T00:00:00.000Z"},
      {"2026-11-23T12:00Z", "2026-11-23T12:00:00.000Z"},
      {"2026-11-23T12:00:59Z", "2026-11-23T12:00:59.000Z"},
      {"2026-11-23T12:00:00.1Z", "2026-11-23T12:00:00.100Z"},
      {"2024-02-29", "2024-02-29T00:00:00.000Z"},
      {"2026-01-01T23:59:59.123456789Z", "2026-01-01T23:59:59.123Z"},
      {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
  };
  for (const auto& c : cases) EXPECT_EQ(format_time(parse_time(c.text).value()), c.full);
  EXPECT_EQ(parse_time("1970-01-01T00:00:01Z").value().time_since_epoch(), milliseconds(1000));
}

TEST(Time, Refuses) {
  for (const char* bad :
       {"", "2026", "2026-1-1", "2026-13-01", "2025-02-29", "2026-00-10", "2026-11-23T", "2026-11-23T12Z",
        "2026-11-23T12:00", "2026-11-23T24:00Z", "2026-11-23T12:60Z", "2026-11-23T12:00:60Z",
        "2026-11-23T12:00:00.Z", "2026-11-23T12:00:00.1234567890Z", "2026-11-23 12:00Z", "2026-11-23T12:00Zx",
        " 2026-11-23", "2026-11-23T12:00:00+01:00", "+026-11-23"}) {
    EXPECT_FALSE(parse_time(bad)) << bad;
  }
}

TEST(Time, FormatsTheExtremes) {
  EXPECT_EQ(format_time(Wall(milliseconds::min())), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(format_time(Wall(milliseconds::max())), "9999-12-31T23:59:59.999Z");
}

TEST(Duration, ReadsAndFormats) {
  const struct {
    const char* text;
    std::int64_t ms;
    const char* shortest;
  } cases[] = {{"250ms", 250, "250ms"},   {"30s", 30000, "30s"},     {"90s", 90000, "90s"},
               {"5m", 300000, "5m"},      {"60m", 3600000, "1h"},    {"14d", 1209600000, "2w"},
               {"1w", 604800000, "1w"},   {"0s", 0, "0s"},           {"0d", 0, "0s"},
               {"36h", 129600000, "36h"}, {"1500ms", 1500, "1500ms"}};
  for (const auto& c : cases) {
    EXPECT_EQ(parse_duration(c.text).value().count(), c.ms) << c.text;
    EXPECT_EQ(format_duration(milliseconds(c.ms)), c.shortest);
  }
  EXPECT_EQ(format_duration(milliseconds(-90000)), "-90s");
  EXPECT_EQ(format_duration(milliseconds::min()), "-9223372036854775808ms");
}

TEST(Duration, Refuses) {
  for (const char* bad :
       {"", "5", "m", "-5m", "5 m", "5M", "5mm", "1.5h", "5min", "1h30m", "99999999999999999w"}) {
    const auto result = parse_duration(bad);
    ASSERT_FALSE(result) << bad;
  }
  EXPECT_NE(parse_duration("5").error().text.find("ms, s, m, h, d or w"), std::string::npos);
}

TEST(Size, ReadsAndFormats) {
  const struct {
    const char* text;
    std::uint64_t bytes;
    const char* shortest;
  } cases[] = {{"512", 512, "512"},           {"512B", 512, "512"},
               {"10KB", 10240, "10KB"},       {"10KiB", 10240, "10KB"},
               {"64mb", 67108864, "64MB"},    {"1GB", 1073741824, "1GB"},
               {"1024MB", 1ULL << 30, "1GB"}, {"0", 0, "0"},
               {"2TiB", 2ULL << 40, "2TB"}};
  for (const auto& c : cases) {
    EXPECT_EQ(parse_size(c.text).value(), c.bytes) << c.text;
    EXPECT_EQ(format_size(c.bytes), c.shortest);
  }
}

TEST(Size, Refuses) {
  for (const char* bad :
       {"", "MB", "-1MB", "1.5MB", "10 MB", "10K", "10xb", "10iB", "16777216TB", "99999999999999999999"}) {
    EXPECT_FALSE(parse_size(bad)) << bad;
  }
}

}  // namespace
}  // namespace signpost::base
