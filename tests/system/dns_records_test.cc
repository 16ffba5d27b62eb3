// The data of records, byte by byte: what is whole is read, everything else is refused.
#include "system/dns_records.h"

#include <gtest/gtest.h>

namespace signpost::system {
namespace {

using namespace std::string_literals;

TEST(DnsRecords, Hosts) {
  EXPECT_EQ(parse_dns_host("\4mail\7Example\0"s).value(), "mail.example");
  EXPECT_EQ(parse_dns_host("\4_spf\1a\0"s).value(), "_spf.a");
  EXPECT_EQ(parse_dns_host("\0"s).value(), "") << "the root";
  std::string longest;
  for (int i = 0; i < 3; ++i) longest += "\x3f" + std::string(63, 'a');
  EXPECT_TRUE(parse_dns_host(longest + "\x3d" + std::string(61, 'a') + "\0"s));
  EXPECT_FALSE(parse_dns_host(longest + "\x3e" + std::string(62, 'a') + "\0"s));
  for (const std::string& bad :
       {""s, "\4mail"s, "\5mail\0"s, "\4mail\0x"s, "\xc0\x0c"s, "\x40"s + std::string(64, 'a') + "\0"s,
        "\3a.b\0"s, "\3a b\0"s, "\2\xc3\xa9\0"s, "\0\0"s}) {
    const auto read = parse_dns_host(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().kind, base::ErrorKind::corrupt);
  }
}

TEST(DnsRecords, Addresses) {
  EXPECT_EQ(base::format_ip(parse_dns_address("\xc0\0\2\1"s).value()), "192.0.2.1");
  EXPECT_EQ(base::format_ip(parse_dns_address("\x20\1\x0d\xb8"s + std::string(11, '\0') + "\1").value()),
            "2001:db8::1");
  for (const std::size_t size : {0, 3, 5, 15, 17}) EXPECT_FALSE(parse_dns_address(std::string(size, 'a')));
  DnsAnswer answer;
  EXPECT_FALSE(add_dns_record(DnsType::a, std::string(16, 'a'), answer));
  EXPECT_FALSE(add_dns_record(DnsType::aaaa, std::string(4, 'a'), answer));
  EXPECT_TRUE(answer.addresses.empty());
}

TEST(DnsRecords, Exchanges) {
  EXPECT_EQ(parse_dns_exchange("\1\2\2mx\0"s).value(), (DnsExchange{258, "mx"}));
  EXPECT_EQ(parse_dns_exchange("\0\0\0"s).value(), (DnsExchange{0, ""}));
  for (const std::string& bad : {""s, "\0"s, "\0\1"s, "\0\1\2m"s}) EXPECT_FALSE(parse_dns_exchange(bad));
  DnsAnswer answer;
  ASSERT_TRUE(add_dns_record(DnsType::mx, "\0\x14\1b\0"s, answer));
  ASSERT_TRUE(add_dns_record(DnsType::mx, "\0\x0a\1c\0"s, answer));
  EXPECT_EQ(answer.exchanges, (std::vector<DnsExchange>{{10, "c"}, {20, "b"}}));
}

TEST(DnsRecords, Texts) {
  EXPECT_EQ(parse_dns_text("\3abc\0\2de"s).value(), "abcde");
  EXPECT_FALSE(parse_dns_text("\4abc"));
  std::string large;
  for (std::size_t i = 0; i * 255 <= kMaxDnsText; ++i) large += "\xff" + std::string(255, 'x');
  EXPECT_FALSE(parse_dns_text(large));
}

TEST(DnsRecords, ReverseNames) {
  EXPECT_EQ(reverse_name(base::parse_ip("192.0.2.17").value()), "17.2.0.192.in-addr.arpa");
  EXPECT_EQ(reverse_name(base::parse_ip("2001:db8::567:89ab").value()),
            "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

}  // namespace
}  // namespace signpost::system
