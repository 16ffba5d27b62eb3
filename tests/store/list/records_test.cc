// Keys and values as they are on disk: every record comes back as it was written, every damage is told.
#include "store/list/records.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/siphash.h"

namespace signpost::store::list {
namespace {

using policy::Listing;
using policy::Reason;

base::Wall at(std::int64_t seconds) {
  return base::Wall{std::chrono::seconds{seconds}};
}

std::vector<Entry> some_entries() {
  Listing plain;
  plain.address = plain.as_given = "bob@example.net";
  plain.since = at(1'800'000'000);
  Listing full = plain;
  full.tenant = "acme";
  full.stream = "bulk";
  full.reason = Reason::unsubscribe;
  full.until = at(-5);
  full.trial = at(7);
  full.by = "operator uid=0";
  full.note = std::string("line\n\0\xff", 7);
  full.as_given = "<Bob@Example.NET.>";
  Listing wide = plain;
  wide.subdomains = true;
  wide.as_given = "";
  return {{plain, 0}, {full, 7}, {wide, ~std::uint64_t{0}}};
}

TEST(Records, DomainsAreReversedLabelByLabelAndBack) {
  const struct {
    const char* domain;
    const char* reversed;
  } rows[] = {
      {"example.net", "net.example"}, {"a.b.example.net", "net.example.b.a"},
      {"localhost", "localhost"},     {"", ""},
      {"[192.0.2.1]", "[192.0.2.1]"}, {"[ipv6:::1]", "[ipv6:::1]"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(reversed_domain(row.domain), row.reversed);
    EXPECT_EQ(reversed_domain(row.reversed), row.domain);
  }
}

TEST(Records, AddressesOfADomainAreNeighbours) {
  const std::string bob = address_key({"Bob", "example.net"});
  EXPECT_EQ(bob, std::string("net.example\0bob", 15));
  EXPECT_LT(address_key({"zoe", "example.net"}), address_key({"al", "mail.example.net"}));
  EXPECT_LT(address_key({"zoe", "example.net"}), address_key({"al", "example2.net"}));
}

TEST(Records, AddressKeysComeBack) {
  const mail::Address addresses[] = {{"bob", "example.net"}, {"a@b \"c", "x.example"}, {"al", "[192.0.2.1]"}};
  for (const mail::Address& address : addresses) EXPECT_EQ(*parse_address_key(address_key(address)), address);
  for (const std::string& bad :
       {std::string(""), std::string("net.example"), std::string("net.example\0", 12),
        std::string("\0bob", 4), std::string("net.ex@mple\0bob", 15)}) {
    EXPECT_FALSE(parse_address_key(bad)) << bad;
  }
}

constexpr std::string_view kKey = "net.example bob";

TEST(Records, EveryRecordComesBackAsItWasWritten) {
  const auto entries = some_entries();
  EXPECT_EQ(*parse_record(kKey, "bob@example.net", format_record(kKey, entries)), entries);
  EXPECT_TRUE(parse_record(kKey, "bob@example.net", format_record(kKey, {}))->empty());
  for (const Reason reason : policy::kReasons) {
    Entry entry = entries[0];
    entry.listing.reason = reason;
    EXPECT_EQ(parse_record(kKey, "bob@example.net", format_record(kKey, {entry}))->front(), entry);
    EXPECT_EQ(parse_set_key(set_key(reason, "acme"))->reason, reason);
  }
  EXPECT_EQ(parse_set_key(set_key(Reason::trap, "acme"))->tenant, "acme");
  EXPECT_EQ(*parse_set(format_set({7, 1000})), (Set{7, 1000}));
  EXPECT_EQ(*parse_number_record(format_number(300)), 300U);
  const auto pause = parse_pause(format_pause({at(5), "operator"}));
  EXPECT_EQ(pause->until, at(5));
  EXPECT_EQ(pause->by, "operator");
  policy::limits::LimitOverride limit{
      {{20000, std::chrono::hours{1}}, {5, std::chrono::seconds{1}}}, std::nullopt, "x"};
  const auto again = parse_limit_override(format_limit_override(limit));
  EXPECT_EQ(again->rates, limit.rates);
  EXPECT_EQ(again->until, limit.until);
}

TEST(Records, AFullRecordIsSmall) {
  Listing listing;
  listing.address = listing.as_given = "someone@example.net";
  listing.since = at(1'800'000'000);
  listing.by = "import";
  EXPECT_LE(format_record(kKey, {{listing, 1}}).size(), 30U);
}

TEST(Records, EveryDamageIsTold) {
  const std::string good = format_record(kKey, some_entries());
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string flipped = good;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    for (const std::string& bad : {flipped, good.substr(0, i), good + good.substr(i, 1)}) {
      const auto parsed = parse_record(kKey, "bob@example.net", bad);
      ASSERT_FALSE(parsed);
      EXPECT_EQ(parsed.error().kind, base::ErrorKind::corrupt);
    }
  }
}

TEST(Records, UnderAnotherKeyItIsDamagedUnlessItIsOfAnEarlierFormat) {
  const std::string record = format_record(kKey, some_entries());
  EXPECT_FALSE(parse_record("net.example rob", "rob@example.net", record));
  EXPECT_FALSE(parse_record("", "bob@example.net", record));
  std::string earlier = record.substr(0, record.size() - 4);
  earlier[0] = 1;
  base::ByteWriter sum;
  sum.word(base::checksum(earlier));
  earlier += sum.bytes();
  EXPECT_EQ(*parse_record(kKey, "bob@example.net", earlier), some_entries());
  EXPECT_TRUE(parse_record("net.example rob", "rob@example.net", earlier));
}

TEST(Records, AnotherVersionIsRefused) {
  const std::string good = format_set({7, 1000});
  EXPECT_FALSE(parse_record(kKey, "bob@example.net", good));
  EXPECT_FALSE(parse_pause(good + "x"));
  EXPECT_FALSE(parse_set(""));
  EXPECT_FALSE(parse_set_key(""));
  EXPECT_FALSE(parse_set_key("\x63"));
}

}  // namespace
}  // namespace signpost::store::list
