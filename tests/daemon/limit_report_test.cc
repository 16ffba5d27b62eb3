// What status says of limits, and that it says nothing before mail has shown it.
#include "daemon/limit_report.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/configured.h"

namespace signpost::daemon {
namespace {

using Names = std::vector<std::string>;

/// "limit NAME: …" -> NAME
Names named(const std::vector<std::string>& texts) {
  Names names;
  for (const std::string& text : texts) names.push_back(text.substr(6, text.find(':') - 6));
  return names;
}

policy::Settings settings() {
  return tests::configured(R"(
[clients]
hops = ["192.0.2.25"]
[seal]
key_file = "/keys/ring"
[[limit]]
name = "by-login"
key = ["login", "stream"]
rate = ["1/h"]
[[limit]]
name = "of-login"
rate = ["1/h"]
when = { login = ["@acme.example"] }
[[limit]]
name = "not-of-login"
rate = ["1/h"]
when = { not = { login = ["@acme.example"] } }
[[limit]]
name = "by-client"
key = ["client"]
rate = ["1/h"]
[[limit]]
name = "by-other-clients"
key = ["client"]
rate = ["1/h"]
when = { not = { client = ["127.0.0.0/8"] } }
[[limit]]
name = "of-client"
rate = ["1/h"]
when = { client = ["198.51.100.0/24"] }
[[limit]]
name = "of-hop"
rate = ["1/h"]
when = { client = ["192.0.2.0/24"] }
[[limit]]
name = "by-tenant"
key = ["tenant"]
rate = ["1/h"]
)")
      ->policy;
}

TEST(LimitReport, SpeaksOfLoginsWhereNoneCanCome) {
  milter::Counters counters;
  EXPECT_TRUE(limit_problems(counters, settings()).empty());
  counters.nameless_at_egress = 99;
  EXPECT_TRUE(limit_problems(counters, settings()).empty()) << "may be this host's own programs";
  counters.nameless_at_egress = 100;
  EXPECT_EQ(named(limit_problems(counters, settings())), (Names{"by-login", "of-login"}));
  counters.charged_logins = 1;
  EXPECT_TRUE(limit_problems(counters, settings()).empty()) << "it counts elsewhere";
}

TEST(LimitReport, SpeaksOfClientsWhereTheyAreTheHopBefore) {
  milter::Counters counters;
  counters.sealed_at_egress = 1;
  EXPECT_EQ(named(limit_problems(counters, settings())), Names{"by-client"});
  EXPECT_EQ(named(limit_hints(counters, settings())), Names{"of-client"});
  counters.charged_without_role = 1;
  EXPECT_TRUE(limit_hints(counters, settings()).empty()) << "it may cover mail there";
}

TEST(LimitReport, SpeaksOfLimitsAtTheirCapAndBefore) {
  policy::Settings limits = settings();
  const auto told = [&](std::size_t keys, bool shared) {
    const std::vector<policy::limits::KeyCount> counts = {{"by-client", keys, shared, 7},
                                                          {"gone", 1'000'000, true, 1}};
    return std::make_pair(named(key_problems(counts, limits)), named(key_hints(counts, limits)));
  };
  EXPECT_EQ(told(79'999, false), std::make_pair(Names{}, Names{}));
  EXPECT_EQ(told(80'000, false), std::make_pair(Names{}, Names{"by-client"}));
  EXPECT_EQ(told(100'000, false), std::make_pair(Names{"by-client"}, Names{}));
  EXPECT_EQ(told(50'000, true), std::make_pair(Names{"by-client"}, Names{}))
      << "until what is shared is idle";
  EXPECT_NE(key_problems({{"by-client", 100'000, true, 7}}, limits)[0].find("raise max_keys and reload"),
            std::string::npos);
  for (policy::LimitSettings& limit : limits.limits) limit.max_keys = 200'000;
  EXPECT_EQ(told(100'000, false), std::make_pair(Names{}, Names{})) << "raised by a reload";
}

}  // namespace
}  // namespace signpost::daemon
