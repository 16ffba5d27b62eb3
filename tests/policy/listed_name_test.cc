// What people write for what is to be listed.
#include "policy/listed_name.h"

#include <gtest/gtest.h>

namespace signpost::policy {
namespace {

TEST(ListedName, PatternsMeanWhatWasMeant) {
  const std::pair<const char*, ListedName> kCases[] = {
      {"bob@example.net", {"bob@example.net", false}},
      {" <bob@example.net> ", {"<bob@example.net>", false}},
      {"@example.net", {"@example.net", false}},
      {"*@example.net", {"@example.net", false}},
      {"@*.example.net", {"@example.net", true}},
      {"*@*.example.net", {"@example.net", true}},
      {"@.example.net", {"@example.net", true}},
      {"@*.ru", {"@ru", true}},
      {"\"a*\"@example.net", {"\"a*\"@example.net", false}},
      {"\"a@b;c\"@example.net", {"\"a@b;c\"@example.net", false}},
      {"hmac:7:00", {"hmac:7:00", false}},
      {"a@b@example.net", {"a@b@example.net", false}},
  };
  for (const auto& [text, expected] : kCases) {
    const auto name = parse_listed_name(text);
    ASSERT_TRUE(name) << text << ": " << name.error().text;
    EXPECT_EQ(name->name, expected.name) << text;
    EXPECT_EQ(name->subdomains, expected.subdomains) << text;
  }
}

TEST(ListedName, WhatWouldMatchNothingIsRefusedWithTheFormThatWorks) {
  const std::pair<const char*, const char*> kCases[] = {
      {"foo*@example.net", "@example.net"},
      {"*foo@example.net", "not supported"},
      {"foo@*.example.net", "not supported"},
      {"@foo.*.example.net", "subdomains=yes"},
      {"*@*", "everybody"},
      {"@*", "everybody"},
      {"*@", "everybody"},
      {"@", "everybody"},
      {"*", "everybody"},
      {"evil.example", "write @evil.example"},
      {"*.evil.example", "write @*.evil.example"},
      {".evil.example", "write @*.evil.example"},
      {"a@example.net;b@example.net", "several addresses"},
      {"a@example.net, b@example.net", "several addresses"},
      {"@example.net,@example.org", "several addresses"},
  };
  for (const auto& [text, expected] : kCases) {
    const auto name = parse_listed_name(text);
    ASSERT_FALSE(name) << text;
    EXPECT_NE(name.error().text.find(expected), std::string::npos) << text << ": " << name.error().text;
  }
}

TEST(ListedName, ATopLevelDomainNeedsAWord) {
  for (const char* text : {"@ru", "@RU", "@intranet", "@ru."}) EXPECT_TRUE(needs_subdomains(text)) << text;
  for (const char* text : {"@example.net", "@localhost", "@[192.0.2.1]", "@[IPv6:::1]", "bob@ru", "@"})
    EXPECT_FALSE(needs_subdomains(text)) << text;
}

}  // namespace
}  // namespace signpost::policy
