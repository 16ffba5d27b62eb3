// The DNS record: as one string and as zone-file text.
#include "dkim/record.h"

#include <regex>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "dkim/tags.h"
#include "tests/dkim/support.h"

namespace signpost::dkim {
namespace {

using testing::test_key;

TEST(Record, Rfc8463Keys) {  // Appendix A.2
  EXPECT_EQ(format_record(*test_key("rfc8463-ed25519")),
            "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
  EXPECT_EQ(format_record(*test_key("rfc8463-rsa")),
            "v=DKIM1; k=rsa; "
            "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/"
            "J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/"
            "8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+"
            "2kryOTIKT+l/K4w3QIDAQAB");
}

TEST(Record, ZoneFormOfAShortRecord) {
  EXPECT_EQ(format_zone_record("example.com", "ed", *test_key("rfc8463-ed25519")),
            "ed._domainkey.example.com. IN TXT ( \"v=DKIM1; k=ed25519; "
            "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\" )");
}

TEST(Record, ZoneFormIsSplitAndJoinsToTheRecord) {
  const auto key = test_key("test-rsa2048");
  const std::string zone = format_zone_record("example.com", "s1", *key);
  EXPECT_EQ(zone.find("s1._domainkey.example.com. IN TXT ( \""), 0U);
  const std::regex quoted("\"([^\"]*)\"");
  std::string joined;
  int count = 0;
  for (std::sregex_iterator piece(zone.begin(), zone.end(), quoted), end; piece != end; ++piece, ++count) {
    EXPECT_LE((*piece)[1].length(), 255);
    joined += (*piece)[1];
  }
  EXPECT_EQ(count, 2);
  EXPECT_EQ(joined, format_record(*key));
  const auto tags = parse_tags(joined);
  ASSERT_TRUE(tags);
  EXPECT_EQ(base::decode_base64(*tags->find("p")).value(), key->dns_public_bytes());
}

TEST(Record, WhatAPublishedRecordMeans) {
  const auto rsa = test_key("test-rsa2048");
  const auto ed = test_key("test-ed25519");
  const std::string good = format_record(*rsa);
  const std::string p = good.substr(good.find("p="));
  const struct {
    const char* what;
    std::vector<std::string> texts;
    Sight sight;
    std::vector<std::string> problems;
  } cases[] = {
      {"as made", {good}, Sight::matches, {}},
      {"without v and k", {p}, Sight::matches, {}},
      {"blanks in the key", {"v=DKIM1; p=" + p.substr(2, 40) + " \t" + p.substr(42)}, Sight::matches, {}},
      {"no name", {}, Sight::absent, {}},
      {"another TXT", {"v=spf1 -all"}, Sight::absent, {}},
      {"beside another TXT", {"hello", good}, Sight::matches, {}},
      {"several", {good, good}, Sight::unusable, {"several-records"}},
      {"revoked", {"v=DKIM1; k=rsa; p="}, Sight::revoked, {}},
      {"of another key", {format_record(*test_key("rfc8463-rsa"))}, Sight::differs, {}},
      {"of another type", {format_record(*ed)}, Sight::unusable, {"key-type"}},
      {"testing", {"v=DKIM1; t=s:y; " + p}, Sight::matches, {"testing"}},
      {"sha1 only", {"v=DKIM1; h=sha1; " + p}, Sight::unusable, {"bad-record"}},
      {"both hashes", {"v=DKIM1; h=sha1:sha256; " + p}, Sight::matches, {}},
      {"not for mail", {"v=DKIM1; s=tlsrpt; " + p}, Sight::unusable, {"bad-record"}},
      {"for all services", {"v=DKIM1; s=*; " + p}, Sight::matches, {}},
      {"another version", {"v=DKIM2; " + p}, Sight::unusable, {"bad-record"}},
      {"version last", {p + "; v=DKIM1"}, Sight::unusable, {"bad-record"}},
      {"no base64", {"v=DKIM1; p=!!!"}, Sight::unusable, {"bad-record"}},
      {"cut", {good.substr(0, good.size() - 7)}, Sight::unusable, {"bad-record"}},
      {"no tags", {"v=DKIM1 p=AAAA"}, Sight::absent, {}},
  };
  for (const auto& c : cases) {
    const RecordReport report = judge_record(c.texts, *rsa);
    EXPECT_EQ(report.sight, c.sight) << c.what << ": " << sight_word(report.sight);
    EXPECT_EQ(report.problems, c.problems) << c.what;
  }
  EXPECT_EQ(judge_record({format_record(*ed)}, *ed).sight, Sight::matches);
  EXPECT_EQ(judge_record({format_record(*test_key("rfc8463-rsa"))}, *test_key("rfc8463-rsa")).problems,
            std::vector<std::string>{"weak-key"});
}

}  // namespace
}  // namespace signpost::dkim
