// Public keys as DNS carries them: each verifies what its private half signs, and nothing else.
#include "base/public_key.h"

#include <gtest/gtest.h>

namespace signpost::base {
namespace {

TEST(PublicKey, VerifiesItsOwnOnly) {
  for (const KeyType type : {KeyType::rsa, KeyType::ed25519}) {
    const PrivateKey key = PrivateKey::generate(type).value();
    const auto half = PublicKey::parse_dns_bytes(type, key.dns_public_bytes());
    ASSERT_TRUE(half);
    EXPECT_EQ(half->type(), type);
    EXPECT_EQ(half->bits(), key.bits());
    const Digest digest = sha256("text");
    std::string signature = *key.sign_digest(digest);
    EXPECT_TRUE(half->verify_digest(digest, signature));
    EXPECT_FALSE(half->verify_digest(sha256("other"), signature));
    EXPECT_FALSE(half->verify_digest(digest, ""));
    signature.back() = static_cast<char>(signature.back() ^ 1);
    EXPECT_FALSE(half->verify_digest(digest, signature));
    const PrivateKey other = PrivateKey::generate(type).value();
    EXPECT_FALSE(half->verify_digest(digest, *other.sign_digest(digest)));
  }
}

TEST(PublicKey, RefusesWhatIsNone) {
  const std::string rsa = PrivateKey::generate(KeyType::rsa).value().dns_public_bytes();
  EXPECT_FALSE(PublicKey::parse_dns_bytes(KeyType::rsa, ""));
  EXPECT_FALSE(PublicKey::parse_dns_bytes(KeyType::rsa, "nonsense"));
  EXPECT_FALSE(PublicKey::parse_dns_bytes(KeyType::rsa, rsa + "x"));
  EXPECT_FALSE(PublicKey::parse_dns_bytes(KeyType::rsa, rsa.substr(1)));
  EXPECT_FALSE(PublicKey::parse_dns_bytes(KeyType::rsa, std::string(5000, 'x')));
  EXPECT_FALSE(PublicKey::parse_dns_bytes(KeyType::ed25519, rsa));
  EXPECT_FALSE(PublicKey::parse_dns_bytes(KeyType::ed25519, std::string(31, 'x')));
  // The bare form inside of it (RFC 6376 §3.6.1) is good too.
  EXPECT_TRUE(PublicKey::parse_dns_bytes(KeyType::rsa, std::string_view(rsa).substr(24)));
}

}  // namespace
}  // namespace signpost::base
