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

}  // namespace
}  // namespace signpost::dkim
