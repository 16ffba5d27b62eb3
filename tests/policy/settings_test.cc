// Rates as text, tenants' ids, providers.
#include "policy/settings.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "policy/limits/provider.h"

namespace signpost::policy {
namespace {

TEST(ParseRate, ReadsUnits) {
  using namespace std::chrono_literals;
  const struct {
    const char* text;
    std::uint64_t count;
    std::chrono::nanoseconds window;
    const char* printed;
  } kCases[] = {
      {"100/s", 100, 1s, "100/s"},
      {"1/m", 1, 60s, "1/m"},
      {"1000/h", 1000, 1h, "1000/h"},
      {"20k/h", 20000, 1h, "20k/h"},
      {"20K/h", 20000, 1h, "20k/h"},
      {"20000/h", 20000, 1h, "20k/h"},
      {"5000/d", 5000, 24h, "5000/d"},
      {"2M/w", 2000000, 168h, "2M/w"},
      {"10MB/h", 10485760, 1h, "10MB/h"},
      {"64KB/s", 65536, 1s, "64KB/s"},
      {"1GB/d", 1073741824, 24h, "1GB/d"},
      {"12345B/d", 12345, 24h, "12345/d"},
      {"1000000000000000/w", 1000000000000000, 168h, "1000000000M/w"},
  };
  for (const auto& test : kCases) {
    const auto rate = parse_rate(test.text);
    ASSERT_TRUE(rate) << test.text << ": " << rate.error().text;
    EXPECT_EQ(rate->count, test.count) << test.text;
    EXPECT_EQ(rate->window, test.window) << test.text;
    EXPECT_EQ(format_rate(*rate), test.printed);
    EXPECT_EQ(parse_rate(format_rate(*rate)).value(), *rate);
  }
}

TEST(ParseRate, SaysWhatItExpected) {
  for (const char* text : {"",
                           "/",
                           "100",
                           "100/",
                           "/h",
                           "k/h",
                           "100/x",
                           "100/hour",
                           "100/10m",
                           "-1/h",
                           "+1/h",
                           "1.5/h",
                           "0/h",
                           "0k/h",
                           "100 /h",
                           "100/ h",
                           "5m/h",
                           "1T/d",
                           "99999999999999999999/h",
                           "2000000000M/w",
                           "100/h/d"}) {
    const auto rate = parse_rate(text);
    ASSERT_FALSE(rate) << text;
    EXPECT_NE(rate.error().text.find("expected COUNT/UNIT"), std::string::npos) << rate.error().text;
  }
}

TEST(Tenant, IdIsTheHashOfTheName) {
  Tenant tenant;
  tenant.name = "abc";  // SHA-256 begins ba7816bf
  EXPECT_EQ(tenant.id(), 0xba7816bfu);
}

TEST(Settings, FindTenant) {
  Settings settings;
  settings.tenants.resize(2);
  settings.tenants[1].name = "acme";
  EXPECT_EQ(settings.find_tenant("acme"), &settings.tenants[1]);
  EXPECT_EQ(settings.find_tenant("Acme"), nullptr);
}

TEST(Provider, ManyDomainsOneProvider) {
  EXPECT_EQ(limits::provider_of("gmail.com"), "google");
  EXPECT_EQ(limits::provider_of("googlemail.com"), "google");
  EXPECT_EQ(limits::provider_of("live.com"), "microsoft");
  EXPECT_EQ(limits::provider_of("aol.com"), "yahoo");
  EXPECT_EQ(limits::provider_of("me.com"), "apple");
  EXPECT_EQ(limits::provider_of("example.net"), "example.net");
  EXPECT_EQ(limits::provider_of(""), "");
}

TEST(Provider, CountsHaveNoNameThatARecipientChose) {
  EXPECT_EQ(limits::known_provider("gmail.com"), "google");
  EXPECT_EQ(limits::known_provider("icloud.com"), "apple");
  for (const char* domain : {"example.net", "google", "", "mx.gmail.com"})
    EXPECT_EQ(limits::known_provider(domain), "other") << domain;
}

}  // namespace
}  // namespace signpost::policy
