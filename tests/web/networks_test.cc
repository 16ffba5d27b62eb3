// Networks of scanners and data centers: those compiled in, and a file of the site's own.
#include "web/networks.h"

#include <gtest/gtest.h>

namespace signpost::web {
namespace {

using track::Network;

TEST(Networks, CompiledInAreAllRead) {
  const Networks networks;
  for (const char* address : {"40.92.1.2", "40.107.9.9", "52.103.255.1", "104.47.127.255",
                              "2a01:111:f400::25", "67.231.150.1", "209.222.87.255", "64.235.144.1"})
    EXPECT_EQ(networks.find(address), Network::scanner) << address;
  for (const char* address : {"40.94.0.1", "104.47.128.0", "192.0.2.1", "2001:db8::1", "", "unix", "40.92.1"})
    EXPECT_EQ(networks.find(address), Network::unknown) << address;
  EXPECT_EQ(networks.find("::ffff:40.92.1.2"), Network::scanner);
}

TEST(Networks, OfAFileGoBefore) {
  const auto networks = parse_networks(
      "# ours\n\nhosting 192.0.2.0/24 # a data center\r\n\tnone\t40.92.1.2\nscanner 2001:db8::/32\nnone "
      "104.47.0.0/17");
  ASSERT_TRUE(networks) << networks.error().text;
  EXPECT_EQ(networks->find("192.0.2.200"), Network::hosting);
  EXPECT_EQ(networks->find("2001:db8:1::1"), Network::scanner);
  EXPECT_EQ(networks->find("40.92.1.2"), Network::unknown);
  EXPECT_EQ(networks->find("40.92.1.3"), Network::scanner);
  EXPECT_EQ(networks->find("104.47.1.1"), Network::unknown);
}

TEST(Networks, SayWhichLineIsWrong) {
  for (const char* text : {"scanner", "hosting ", "scaner 192.0.2.0/24", "scanner 192.0.2.0/33",
                           "192.0.2.0/24", "scanner 192.0.2.0/24 198.51.100.0/24"}) {
    const auto networks = parse_networks(std::string("# first\n") + text + "\n");
    ASSERT_FALSE(networks) << text;
    EXPECT_EQ(networks.error().kind, base::ErrorKind::invalid);
    EXPECT_TRUE(networks.error().text.starts_with("line 2: ")) << networks.error().text;
  }
}

}  // namespace
}  // namespace signpost::web
