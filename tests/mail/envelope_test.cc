// Client addresses and networks.
#include "mail/envelope.h"

#include <string>

#include <gtest/gtest.h>

namespace signpost::mail {
namespace {

TEST(ParseIp, RoundTrips) {
  const struct {
    const char* text;
    const char* printed;
  } kCases[] = {{"192.0.2.7", "192.0.2.7"},
                {"0.0.0.0", "0.0.0.0"},
                {"2001:DB8:0:0::1", "2001:db8::1"},
                {"::", "::"},
                {"::1", "::1"},
                {"::ffff:192.0.2.7", "192.0.2.7"}};
  for (const auto& test : kCases) {
    const auto ip = base::parse_ip(test.text);
    ASSERT_TRUE(ip) << test.text;
    EXPECT_EQ(base::format_ip(*ip), test.printed);
    EXPECT_EQ(base::parse_ip(base::format_ip(*ip)).value_or(base::Ip{}), *ip);
  }
}

TEST(ParseIp, RefusesTheRest) {
  for (const std::string text : {"", "192.0.2", "192.0.2.256", "192.0.2.7 ", "0x7f.1", "[::1]",
                                 "fe80::1%eth0", ":::", "1:2:3:4:5:6:7:8:9", "localhost"}) {
    EXPECT_FALSE(base::parse_ip(text)) << text;
  }
  EXPECT_FALSE(base::parse_ip(std::string("192.0.2.7\0", 10)));
  EXPECT_FALSE(base::parse_ip(std::string(1000, '1')));
}

TEST(ParseNetwork, RoundTrips) {
  for (const char* text :
       {"192.0.2.0/24", "192.0.2.7", "0.0.0.0/0", "2001:db8::/32", "::/0", "::1", "10.0.0.0/8"}) {
    const auto network = base::parse_network(text);
    ASSERT_TRUE(network) << text;
    EXPECT_EQ(base::format_network(*network), text);
  }
  EXPECT_EQ(base::parse_network("192.0.2.0/24")->prefix, 120);
  EXPECT_EQ(base::format_network(*base::parse_network("192.0.2.7/32")), "192.0.2.7");
}

TEST(ParseNetwork, RefusesTheRest) {
  for (const char* text : {"", "/", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/24/1",
                           "2001:db8::/129", "192.0.2.0/ 24", "x/8"}) {
    EXPECT_FALSE(base::parse_network(text)) << text;
  }
  const auto host_bits = base::parse_network("192.0.2.7/24");
  ASSERT_FALSE(host_bits);
  EXPECT_NE(host_bits.error().text.find("192.0.2.0/24"), std::string::npos);
}

TEST(Network, Contains) {
  const struct {
    const char* network;
    const char* ip;
    bool inside;
  } kCases[] = {{"192.0.2.0/25", "192.0.2.127", true},
                {"192.0.2.0/25", "192.0.2.128", false},
                {"192.0.2.7", "192.0.2.7", true},
                {"192.0.2.7", "192.0.2.8", false},
                {"0.0.0.0/0", "192.0.2.8", true},
                {"0.0.0.0/0", "2001:db8::1", false},
                {"2001:db8::/32", "2001:db8:9::1", true},
                {"2001:db8::/32", "2001:db9::1", false},
                {"::/0", "192.0.2.8", true}};
  for (const auto& test : kCases) {
    EXPECT_EQ(base::parse_network(test.network)->contains(*base::parse_ip(test.ip)), test.inside)
        << test.network << " " << test.ip;
  }
}

TEST(Envelope, KnowsTheNullSender) {
  Envelope envelope;
  EXPECT_TRUE(envelope.null_sender());
  envelope.sender_given = "<>";
  EXPECT_TRUE(envelope.null_sender());
  envelope.sender_given = "<@broken";  // does not parse, but that does not make it a null sender
  EXPECT_FALSE(envelope.null_sender());
}

}  // namespace
}  // namespace signpost::mail
