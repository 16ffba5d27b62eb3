// What an MTA may make of a recipient's address. What a real Postfix and Sendmail make of the same shapes is
// tests/e2e/readings_e2e.py.
#include "mail/readings.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace signpost::mail {
namespace {

using Keys = std::vector<std::string>;

/// The address first, then the others.
Keys keys_of(const Recipient& recipient) {
  Keys keys;
  if (recipient.address) keys.push_back(canonical_key(*recipient.address));
  for (const Address& other : recipient.also) keys.push_back(canonical_key(other));
  return keys;
}
Keys read(std::string_view given, std::string_view resolved = {}, std::string_view host = "mx.example") {
  return keys_of(read_recipient(given, resolved, host));
}

TEST(Readings, APlainAddressHasOne) {
  for (const char* given :
       {"<bob@example.net>", "bob@example.net", " <BOB@Example.Net.> ", "<\"bob\"@example.net>"})
    EXPECT_EQ(read(given), Keys{"bob@example.net"}) << given;
  EXPECT_EQ(read("<bob@example.net>", "bob@example.net"), Keys{"bob@example.net"});
  EXPECT_EQ(read("<bob+a=b.example@example.net>"), Keys{"bob+a=b.example@example.net"});
}

TEST(Readings, UnwrapsWhatPostfixUnwraps) {
  const struct {
    const char* given;
    Keys keys;
  } kCases[] = {
      {"<bob%example.net@localhost>", {"bob%example.net@localhost", "bob@example.net"}},
      {"<\"bob@example.net\"@mx.example.com>", {"bob@example.net@mx.example.com", "bob@example.net"}},
      {"<example.net!bob@localhost>", {"example.net!bob@localhost", "bob@example.net"}},
      {"<bob%example.net@[127.0.0.1]>", {"bob%example.net@[127.0.0.1]", "bob@example.net"}},
      {"<bob%example.net%localhost@mx.example>",
       {"bob%example.net%localhost@mx.example", "bob%example.net@localhost", "bob@example.net"}},
      {"<\"bob@example.net@localhost\"@mx.example>",
       {"bob@example.net@localhost@mx.example", "bob@example.net@localhost", "bob@example.net"}},
      {"<@mx.example:bob@example.net>", {"bob@example.net"}},
      {"<@a.example,@b.example:bob@example.net>", {"bob@example.net"}},
      {"bob@example.net@localhost", {"bob@example.net@localhost", "bob@example.net"}},
      {"<\"bob%example.net\"@localhost>", {"bob%example.net@localhost", "bob@example.net"}},
      {"<localhost!bob%example.net>",
       {"bob%example.net@localhost", "localhost!bob@example.net", "bob@example.net", "bob@localhost"}},
      {"<x!y%z.example@here.example>",
       {"x!y%z.example@here.example", "y%z.example@x", "x!y@z.example", "y@z.example", "y@x"}},
      {"<a!b!bob@localhost>", {"a!b!bob@localhost", "b!bob@a", "bob@b"}},
      {"\"bob@example.net\"@", {"bob@example.net"}},
      {"<%example.net@localhost>", {"%example.net@localhost", "@example.net"}},
      {"\"@[192.0.2.1]:ann\"@here.example", {"@[192.0.2.1]:ann@here.example", "ann@mx.example"}},
      {"<100%@example.com>", {"100%@example.com"}},
      {"<wow!@example.com>", {"wow!@example.com", "@wow"}},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(read(test.given), test.keys) << test.given;
    EXPECT_FALSE(read_recipient(test.given, {}, {}).too_many_readings) << test.given;
  }
}

TEST(Readings, APlainNameIsAMailboxOfTheHost) {
  EXPECT_EQ(read("<bob>"), Keys{"bob@mx.example"});
  EXPECT_EQ(read("Postmaster"), Keys{"postmaster@mx.example"});
  EXPECT_EQ(read("<bob>", "bob@example.org"), Keys{"bob@example.org"}) << "myorigin is another name";
  EXPECT_EQ(read("<bob>", "bob"), Keys{"bob@mx.example"}) << "Sendmail's local mailer";
  EXPECT_EQ(read("<bob>", {}, {}), Keys{}) << "no host is known";
}

TEST(Readings, WhatTheMtaMadeOfItGoesFirstAndAlone) {
  EXPECT_EQ(read("<bob%example.net@localhost>", "bob@example.net"),
            (Keys{"bob@example.net", "bob%example.net@localhost"}));
  EXPECT_EQ(read("<x!y%z@other.example>", "x!y%z@other.example"), Keys{"x!y%z@other.example"})
      << "the domain is not its own";
  EXPECT_EQ(read("<bob(comment)@example.net>", "bob@example.net"), Keys{"bob@example.net"});
  EXPECT_EQ(read("<bob@localhost>", "bob"), Keys{"bob@localhost"});
  EXPECT_EQ(read("<%example.net@localhost>", "\"\"@example.net"),
            (Keys{"@example.net", "%example.net@localhost"}));
  EXPECT_EQ(read("<\"bob smith\"@example.net>", "bob smith@example.net"), Keys{"bob smith@example.net"});
}

TEST(Readings, ACopyOfWhatWasGivenIsNoAnswerOfTheMta) {
  // As Postfix' cleanup gives mail of its sendmail command and of QMQP to a milter.
  EXPECT_EQ(read("bob%example.net@localhost", "bob%example.net@localhost"),
            (Keys{"bob%example.net@localhost", "bob@example.net"}));
}

TEST(Readings, TellsWhereThereAreTooMany) {
  const Recipient many = read_recipient("<a!b!c%d%e%f@g.example>", {}, {});
  EXPECT_TRUE(many.too_many_readings);
  EXPECT_EQ(1 + many.also.size(), kMaxReadings);
  std::string deep = "bob@example.net";
  for (int level = 0; level < 9; ++level) deep += "@h" + std::to_string(level) + ".example";
  EXPECT_TRUE(read_recipient(deep, {}, {}).too_many_readings);
  // Bounded, whatever stands there: each operator is read in two ways.
  const std::string operators = std::string(900, '!') + std::string(900, '%') + "@example.net";
  EXPECT_TRUE(read_recipient(operators, {}, {}).too_many_readings);
  EXPECT_FALSE(read_recipient("<" + deep + ">", "bob@example.net", {}).too_many_readings) << "the MTA knows";
  for (int percents = 4; percents < 1000; percents += 45) {
    std::string few = "\"!!!!!! ";  // so few of them have a domain that counting those bounds nothing
    for (int i = 0; i < percents; ++i) few += '%';
    EXPECT_TRUE(read_recipient(few + "d.example\"@remote.example", {}, {}).too_many_readings) << percents;
  }
}

TEST(Readings, WhatCannotBeReadHasNoAddress) {
  for (const char* given :
       {"", "<>", "<bob@>", "<bob@exa mple.net>", "<\"bob@example.net>", "<bob jones@example.net>",
        "<\"bob\"(x)@example.net>", "<\"bob\" @example.net>", "<\"bo\tb\"@example.net>"})
    EXPECT_FALSE(read_recipient(given, {}, {}).address) << given;
}

}  // namespace
}  // namespace signpost::mail
