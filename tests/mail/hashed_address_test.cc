// Hashed addresses: the hash against a published HMAC vector, the spelling and what is refused.
#include "mail/hashed_address.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace signpost::mail {
namespace {

TEST(HashedAddress, IsHmacSha256OfTheCanonicalKey) {
  // RFC 4231 §4.2, test case 1 with its key; the ring does not care for its length here.
  base::RingKey key{7, base::KeyState::active, std::string(20, '\x0b')};
  EXPECT_EQ(format_hashed_address(hash_address(key, "Hi There")),
            "hmac:7:b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST(HashedAddress, ReadsWhatItWritesAndNothingElse) {
  const std::string hex(64, 'a');
  const auto read = parse_hashed_address("HMAC:255:" + std::string(64, 'A'));
  ASSERT_TRUE(read);
  EXPECT_EQ(format_hashed_address(*read), "hmac:255:" + hex);
  for (const std::string& bad :
       {std::string("hmac:"), std::string("hmac:1"), "hmac:0:" + hex, "hmac:256:" + hex,
        "hmac:1:" + hex + "aa", "hmac:1:" + hex.substr(2), "hmac::" + hex, "hmac:1:" + std::string(64, 'g'),
        "sha:1:" + hex, "hmac:-1:" + hex}) {
    EXPECT_FALSE(parse_hashed_address(bad)) << bad;
  }
  EXPECT_TRUE(looks_hashed("Hmac:x"));
  EXPECT_FALSE(looks_hashed("hmac@example.net"));
}

}  // namespace
}  // namespace signpost::mail
