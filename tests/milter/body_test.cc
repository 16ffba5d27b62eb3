// The body's three ways and its bounds: what is kept, what is hashed, and that memory is given back.
#include "milter/held/body.h"

#include <gtest/gtest.h>

#include "milter/services.h"

namespace signpost::milter {
namespace {

constexpr std::uint64_t kPlenty = 1 << 20;

base::Digest digest_of(std::string_view bytes) {
  dkim::BodyHash hash(dkim::Canon::relaxed);
  hash.update(bytes);
  return hash.finish();
}

TEST(Body, CollectedAndHashedBodiesHaveTheSameHash) {
  Counters counters;
  Body kept(counters.memory);
  Body hashed(counters.memory);
  kept.begin(Body::Mode::collect, {dkim::Canon::relaxed}, kPlenty, kPlenty);
  hashed.begin(Body::Mode::hash, {dkim::Canon::relaxed}, kPlenty, kPlenty);
  for (std::string_view piece : {"one \r", "\ntwo\r\n", "\r\n\r\n"}) {
    kept.update(piece);
    hashed.update(piece);
  }
  EXPECT_TRUE(kept.collected());
  EXPECT_EQ(kept.bytes(), "one \r\ntwo\r\n\r\n\r\n");
  EXPECT_EQ(kept.hash(dkim::Canon::relaxed), hashed.hash(dkim::Canon::relaxed));
  EXPECT_EQ(kept.size(), hashed.size());
}

TEST(Body, AboveItsBoundItIsHashedInstead) {
  Counters counters;
  Body body(counters.memory);
  body.begin(Body::Mode::collect, {dkim::Canon::relaxed}, 10, kPlenty);
  body.update("12345678");
  EXPECT_EQ(counters.held_bytes, 8u);
  body.update("9abcdef\r\n");
  EXPECT_FALSE(body.collected());
  EXPECT_TRUE(body.too_large());
  EXPECT_EQ(counters.held_bytes, 0u);
  EXPECT_EQ(body.size(), 17u);
  EXPECT_EQ(body.hash(dkim::Canon::relaxed), digest_of("123456789abcdef\r\n"));
}

TEST(Body, TheSumOverAllMessagesIsBounded) {
  Counters counters;
  Body first(counters.memory);
  first.begin(Body::Mode::collect, {dkim::Canon::relaxed}, kPlenty, 20);
  first.update("12345678");
  {
    Body second(counters.memory);
    second.begin(Body::Mode::collect, {dkim::Canon::relaxed}, kPlenty, 20);
    second.update("123");
    EXPECT_FALSE(second.collected());
    EXPECT_TRUE(first.collected());
  }
  EXPECT_EQ(counters.held_bytes, 8u);
}

TEST(Body, NoticesLinesThatAnMtaWouldFold) {
  for (const Body::Mode mode : {Body::Mode::hash, Body::Mode::collect}) {
    Counters counters;
    Body body(counters.memory);
    body.begin(mode, {dkim::Canon::relaxed}, 1100, kPlenty);
    body.update(std::string(600, 'x'));
    EXPECT_FALSE(body.has_long_line());
    body.update(std::string(600, 'x') + "\r\n");
    EXPECT_TRUE(body.has_long_line());
  }
}

TEST(Body, GivesMemoryBackWhenItGoes) {
  Counters counters;
  {
    Body body(counters.memory);
    body.begin(Body::Mode::collect, {dkim::Canon::relaxed}, kPlenty, kPlenty);
    body.update("12345678");
  }
  EXPECT_EQ(counters.held_bytes, 0u);
}

}  // namespace
}  // namespace signpost::milter
