// base64 and hex against the vectors of RFC 4648 §10, what the strict decoders refuse, and the ULID.
#include "base/encoding.h"

#include <chrono>

#include <gtest/gtest.h>

namespace signpost::base {
namespace {

TEST(Encoding, Rfc4648Vectors) {
  const struct {
    const char* bytes;
    const char* text;
  } cases[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"}};
  for (const auto& c : cases) {
    EXPECT_EQ(encode_base64(c.bytes), c.text);
    EXPECT_EQ(decode_base64(c.text).value(), c.bytes);
  }
}

TEST(Encoding, EveryLengthComesBack) {
  std::string bytes;
  for (int i = 0; i < 260; ++i) {
    EXPECT_EQ(decode_base64(encode_base64(bytes)).value(), bytes);
    EXPECT_EQ(decode_base64url(encode_base64url(bytes)).value(), bytes);
    EXPECT_EQ(decode_hex(encode_hex(bytes)).value(), bytes);
    bytes += static_cast<char>(i * 7);
  }
}

TEST(Encoding, Base64RefusesOtherSpellings) {
  for (const char* bad :
       {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "=", "====", "Z===", "Zg==Zg==", "Zm 9", "Zm9v\n", "Zm-_"}) {
    EXPECT_FALSE(decode_base64(bad)) << bad;
  }
}

TEST(Encoding, Base64UrlRefusesOtherSpellings) {
  EXPECT_EQ(encode_base64url("\xFB\xFF\xFE"), "-__-");
  for (const char* bad : {"Z", "Zg==", "Zh", "Zm9", "+/aa", "Zm9vZ", "Zm9v "}) {
    EXPECT_FALSE(decode_base64url(bad)) << bad;
  }
}

TEST(Encoding, HexReadsBothCases) {
  EXPECT_EQ(encode_hex(std::string_view("\x00\xff\x1a", 3)), "00ff1a");
  EXPECT_EQ(decode_hex("00FF1a").value(), std::string("\x00\xff\x1a", 3));
  EXPECT_FALSE(decode_hex("0"));
  EXPECT_FALSE(decode_hex("0g"));
  EXPECT_FALSE(decode_hex("g0"));
}

TEST(Encoding, UlidHasTimeThenEntropy) {
  const auto at = [](std::int64_t ms) { return Wall(std::chrono::milliseconds(ms)); };
  // The example of the ULID specification: 1469918176385 ms is "01ARYZ6S41".
  EXPECT_EQ(format_ulid(at(1469918176385), {}), "01ARYZ6S410000000000000000");
  std::array<std::uint8_t, 10> ones{};
  ones.fill(0xFF);
  EXPECT_EQ(format_ulid(at((1LL << 48) - 1), ones), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
  EXPECT_EQ(format_ulid(at(-1), ones), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
  EXPECT_EQ(format_ulid(at(0), {0x08, 0x42, 0x10, 0x84, 0x21, 0, 0, 0, 0, 1}), "00000000001111111100000001");
  EXPECT_LT(format_ulid(at(1000), ones), format_ulid(at(1001), {}));
}

}  // namespace
}  // namespace signpost::base
