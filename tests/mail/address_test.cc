// Addresses and domains as people, MTAs and attackers write them.
#include "mail/address.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "mail/local_part.h"

namespace signpost::mail {
namespace {

TEST(CanonicalDomain, BringsEverySpellingToOne) {
  const struct {
    const char* text;
    const char* canonical;
  } kCases[] = {
      {"example.net", "example.net"},
      {"EXAMPLE.Net", "example.net"},
      {"example.net.", "example.net"},
      {"localhost", "localhost"},
      {"_dmarc.Example.net", "_dmarc.example.net"},
      {"a-b.0.example", "a-b.0.example"},
      {"münchen.example", "xn--mnchen-3ya.example"},
      {"MÜNCHEN.example", "xn--mnchen-3ya.example"},
      {"mu\xCC\x88nchen.example", "xn--mnchen-3ya.example"},  // NFD
      {"XN--MNCHEN-3YA.example", "xn--mnchen-3ya.example"},
      {"faß.example", "xn--fa-hia.example"},  // non-transitional: not fass
      {"ü_x.example", "xn--_x-wka.example"},
      {"例え。テスト", "xn--r8jz45g.xn--zckzah"},  // ideographic full stop
      {"example．net", "example.net"},             // full-width stop
      {"example｡net", "example.net"},              // half-width ideographic stop
      {"ｅｘａｍｐｌｅ.net", "example.net"},
      {"xn--i-7iq.example", "xn--i-7iq.example"},  // registered, though IDNA 2008 excludes it
      {"i❤.example", "xn--i-7iq.example"},
      {"I❤️.example", "xn--i-7iq.example"},  // with its variation selector
      {"💌.example", "xn--rr8h.example"},
      {"☃.net", "xn--n3h.net"},
      {"a💩b.example", "xn--ab-8t72a.example"},
      {"[192.0.2.1]", "[192.0.2.1]"},
      {"[IPv6:2001:DB8::1]", "[ipv6:2001:db8::1]"},
      {"[IPv6:2001:db8:0:0:0:0:0:1]", "[ipv6:2001:db8::1]"},
  };
  for (const auto& test : kCases) {
    const auto domain = canonical_domain(test.text);
    ASSERT_TRUE(domain) << test.text << ": " << domain.error().text;
    EXPECT_EQ(*domain, test.canonical) << test.text;
    EXPECT_EQ(canonical_domain(*domain).value_or(""), *domain) << "not stable: " << test.text;
  }
}

TEST(CanonicalDomain, RefusesWhatIsNoDomain) {
  const std::string label64(64, 'a');
  const std::string label63(63, 'a');
  const std::string name255 = label63 + "." + label63 + "." + label63 + "." + label63;
  const std::vector<std::string> kCases = {"",
                                           "ä❤.example",  // would have to be mapped first
                                           "❤\xEF\xB8\x80.example",
                                           ".",
                                           "..",
                                           "a..b",
                                           ".a",
                                           "a..",
                                           "a b",
                                           "a/b",
                                           "a@b",
                                           "a,b",
                                           "a:b",
                                           "a\tb",
                                           std::string("a\0b", 3),
                                           label64,
                                           label64 + ".example",
                                           name255,
                                           std::string(100000, 'a'),
                                           "ü ü.example",
                                           "ü/ü.example",
                                           "ü／ü.example",
                                           "\xFF.example",
                                           "\xC3.example",
                                           "\xC2\xAD.example",  // a label that IDNA maps to nothing
                                           "[",
                                           "[]",
                                           "[192.0.2]",
                                           "[192.0.2.1",
                                           "[IPv6:192.0.2.1]",
                                           "[2001:db8::1]",
                                           "[IPv6:xyz]",
                                           "[x-y:z]"};
  for (const std::string& text : kCases) {
    const auto domain = canonical_domain(text);
    ASSERT_FALSE(domain) << text << " gave " << *domain;
    EXPECT_FALSE(domain.error().text.empty());
  }
  EXPECT_TRUE(canonical_domain(label63 + "." + label63 + "." + label63 + "." + std::string(61, 'a')));
}

TEST(ParseAddress, TakesTheJunkAroundAnAddress) {
  const struct {
    const char* text;
    const char* local;
    const char* domain;
  } kCases[] = {
      {"bob@example.net", "bob", "example.net"},
      {"<Bob@Example.NET>", "Bob", "example.net"},
      {" \tbob@example.net.\t ", "bob", "example.net"},
      {"< bob@example.net >", "bob", "example.net"},
      {"bob+tag@example.net", "bob+tag", "example.net"},
      {"b.o..b.@example.net", "b.o..b.",
       "example.net"},  // older mailboxes at Japanese carriers look like this
      {"o'brien=x%y!z@example.net", "o'brien=x%y!z", "example.net"},
      {"\"john smith\"@example.net", "john smith", "example.net"},
      {R"("a\"b\\c@d"@example.net)", "a\"b\\c@d", "example.net"},
      {"jdöe@mächine.example", "jdöe", "xn--mchine-bua.example"},
      {"bob@[192.0.2.1]", "bob", "[192.0.2.1]"},
  };
  for (const auto& test : kCases) {
    const auto address = parse_address(test.text);
    ASSERT_TRUE(address) << test.text << ": " << address.error().text;
    EXPECT_EQ(address->local, test.local);
    EXPECT_EQ(address->domain, test.domain);
    EXPECT_EQ(parse_address(format_address(*address)).value_or(Address{}), *address) << test.text;
  }
}

TEST(ParseAddress, RefusesWithAReason) {
  const struct {
    std::string text;
    const char* reason;
  } kCases[] = {
      {"", "empty"},
      {"<>", "empty"},
      {"bob", "no \"@\""},
      {"@example.net", "before"},
      {"\"\"@example.net", "before"},
      {"bob@", "after"},
      {"bob@example.net@example.org", "single address"},
      {"bob@example.net,ann@example.org", "single address"},
      {"Bob <bob@example.net>", "quoted"},
      {"bob smith@example.net", "quoted"},
      {"<<bob@example.net>>", "quoted"},
      {"<@relay.example:bob@example.net>", "source route"},
      {"\"bob@example.net", "not closed"},
      {"\"bob\\", "not closed"},
      {"\"bob\"", "no \"@\""},
      {"\"bob\"x@example.net", "no \"@\""},
      {"bob@example.net\n", "control"},
      {"bob@example.net\r\nX: y", "control"},
      {std::string("bo\0b@example.net", 16), "control"},
      {"\"bo\tb\"@example.net", "control"},
      {"bo\x7F@example.net", "control"},
      {"bo\xFF@example.net", "UTF-8"},
      {"bo\xC2\x85@example.net", "invisible"},
      {"bob\xE2\x80\x8B@example.net", "invisible"},
      {"\xEF\xBB\xBF"
       "bob@example.net",
       "invisible"},
      {"bob@exa mple.net", "host name"},
      {std::string(1989, 'a') + "@example.net", "2000"},
  };
  for (const auto& test : kCases) {
    const auto address = parse_address(test.text);
    ASSERT_FALSE(address) << test.text;
    EXPECT_NE(address.error().text.find(test.reason), std::string::npos)
        << test.text << ": " << address.error().text;
  }
}

TEST(ParseAddress, TakesWhatMtasDeliver) {
  // Ticket systems and VERP write more than the 64 octets of RFC 5321 §4.5.3.1.1.
  const std::string reply = "reply+" + std::string(84, 'f');
  for (const std::string& local : {std::string(64, 'a'), reply, std::string(1988, 'a')}) {
    const auto address = parse_address(local + "@example.net");
    ASSERT_TRUE(address) << local.size() << ": " << address.error().text;
    EXPECT_EQ(address->local, local);
  }
  EXPECT_EQ(canonical_key(*parse_address(reply + "@example.net")), reply + "@example.net");
}

TEST(CanonicalKey, HasABoundHoweverLongTheAddressIs) {
  const std::string name(63, 'd');
  const std::string domain = name + "." + name + "." + name + "." + std::string(61, 'd');
  const auto one = parse_address(std::string(300, 'A') + "@" + domain);
  const auto same = parse_address(std::string(300, 'a') + "@" + domain);
  const auto other = parse_address(std::string(301, 'a') + "@" + domain);
  ASSERT_TRUE(one && same && other);
  EXPECT_LE(canonical_key(*one).size(), 200u + 1 + 253);
  EXPECT_EQ(canonical_key(*one), canonical_key(*same));
  EXPECT_NE(canonical_key(*one), canonical_key(*other));
  EXPECT_EQ(canonical(canonical(*one)), canonical(*one));
  const auto tagged = parse_address("bob+" + std::string(300, 'x') + "@example.net");
  EXPECT_EQ(fold(*tagged, {.plus_tag = true}).local, "bob") << "folded before it is shortened";
  EXPECT_EQ(fold(canonical(*tagged), {.plus_tag = true}).local, "bob") << "and after";
}

TEST(CanonicalKey, FoldsAsciiCaseAndNothingElse) {
  const struct {
    const char* text;
    const char* key;
  } kCases[] = {
      {"BOB@Example.NET.", "bob@example.net"},
      {"\"BOB\"@example.net", "bob@example.net"},
      {"Bob+Tag@example.net", "bob+tag@example.net"},
      {"Ärger@example.net", "Ärger@example.net"},
  };
  for (const auto& test : kCases) {
    const auto address = parse_address(test.text);
    ASSERT_TRUE(address) << test.text;
    EXPECT_EQ(canonical_key(*address), test.key);
  }
}

TEST(FormatAddress, QuotesWhatNeedsIt) {
  EXPECT_EQ(format_address({"bob", "example.net"}), "bob@example.net");
  EXPECT_EQ(format_address({"john smith", "example.net"}), "\"john smith\"@example.net");
  EXPECT_EQ(format_address({"a\"b\\", "example.net"}), R"("a\"b\\"@example.net)");
  EXPECT_EQ(format_address({".a", "example.net"}), "\".a\"@example.net");
  EXPECT_EQ(format_address({"a@b", "example.net"}), "\"a@b\"@example.net");
}

TEST(IsSameOrSubdomain, ComparesWholeLabels) {
  EXPECT_TRUE(is_same_or_subdomain("example.net", "example.net"));
  EXPECT_TRUE(is_same_or_subdomain("a.b.example.net", "example.net"));
  EXPECT_FALSE(is_same_or_subdomain("badexample.net", "example.net"));
  EXPECT_FALSE(is_same_or_subdomain("net", "example.net"));
  EXPECT_FALSE(is_same_or_subdomain("example.net", ""));
}

}  // namespace
}  // namespace signpost::mail
