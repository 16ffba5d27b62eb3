// Hashes and keys against published vectors, and what must be refused.
#include "base/crypto.h"

#include <array>
#include <fstream>
#include <iterator>
#include <thread>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "tests/support/source_dir.h"

namespace signpost::base {
namespace {

std::string hex(const Digest& digest) {
  return encode_hex(as_bytes(digest));
}

std::string test_key(const std::string& name) {
  std::ifstream file(tests::source_dir() + "/tests/data/keys/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(Hash, Sha256Vectors) {  // FIPS 180-4
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hash, StreamsAndStartsAnew) {
  Sha256 hash;
  hash.update("a");
  hash.update("");
  hash.update("bc");
  EXPECT_EQ(hash.finish(), sha256("abc"));
  EXPECT_EQ(hash.finish(), sha256(""));
  Sha256 moved = std::move(hash);
  moved.update("abc");
  EXPECT_EQ(moved.finish(), sha256("abc"));
}

TEST(Hash, HmacVectors) {  // RFC 4231 §4.2, §4.3, §4.7
  EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Secret, ComparesAndWipes) {
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
  EXPECT_TRUE(equal_in_constant_time("", ""));
  std::string secret = "hunter2";
  wipe(secret);
  EXPECT_TRUE(secret.empty());
  EXPECT_EQ(random_bytes(0), "");
  EXPECT_NE(random_bytes(32), random_bytes(32));
}

TEST(PrivateKey, SignsWhatItVerifies) {
  const Digest digest = sha256("message");
  for (const char* name : {"test-rsa2048.pem", "test-rsa2048-pkcs1.pem", "test-ed25519.pem"}) {
    const auto key = PrivateKey::parse_pem(test_key(name));
    ASSERT_TRUE(key) << name << ": " << key.error().text;
    std::string signature = key->sign_digest(digest).value();
    EXPECT_TRUE(key->verify_digest(digest, signature));
    EXPECT_FALSE(key->verify_digest(sha256("other"), signature));
    EXPECT_FALSE(key->verify_digest(digest, ""));
    signature[5] = static_cast<char>(signature[5] ^ 1);
    EXPECT_FALSE(key->verify_digest(digest, signature));
    const auto again = PrivateKey::parse_pem(key->to_pem());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->dns_public_bytes(), key->dns_public_bytes());
    EXPECT_EQ(again->bits(), key->bits());
  }
}

TEST(PrivateKey, IsSharedByThreads) {
  for (const char* name : {"test-rsa2048.pem", "test-ed25519.pem"}) {
    const auto key = PrivateKey::parse_pem(test_key(name));
    ASSERT_TRUE(key);
    const std::string expected = key->sign_digest(sha256("x")).value();  // both algorithms are deterministic
    const auto work = [&] {
      for (int i = 0; i < 20; ++i) EXPECT_EQ(key->sign_digest(sha256("x")).value(), expected);
    };
    std::array<std::thread, 4> threads;
    for (std::thread& thread : threads) thread = std::thread(work);
    for (std::thread& thread : threads) thread.join();
  }
}

TEST(PrivateKey, BothFormsOfAKeyAreTheSameKey) {
  const auto pkcs8 = PrivateKey::parse_pem(test_key("test-rsa2048.pem"));
  const auto pkcs1 = PrivateKey::parse_pem(test_key("test-rsa2048-pkcs1.pem"));
  ASSERT_TRUE(pkcs8 && pkcs1);
  EXPECT_EQ(pkcs8->type(), KeyType::rsa);
  EXPECT_EQ(pkcs8->bits(), 2048);
  EXPECT_EQ(pkcs8->dns_public_bytes(), pkcs1->dns_public_bytes());
}

TEST(PrivateKey, Ed25519Rfc8032Vector) {  // RFC 8032 §7.1, test 1: secret key and public key
  const std::string der = decode_hex(
                              "302e020100300506032b657004220420"
                              "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
                              .value();
  const std::string pem =
      "-----BEGIN PRIVATE KEY-----\n" + encode_base64(der) + "\n-----END PRIVATE KEY-----\n";
  const auto key = PrivateKey::parse_pem(pem);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->type(), KeyType::ed25519);
  EXPECT_EQ(encode_hex(key->dns_public_bytes()),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
}

TEST(PrivateKey, RefusesOthers) {
  const struct {
    std::string pem;
    const char* error;
  } cases[] = {
      {"", "PEM"},
      {"hello", "PEM"},
      {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "PEM"},
      {test_key("bad-rsa512.pem"), "512 bits"},
      {test_key("bad-ec.pem"), "neither an RSA nor"},
      {test_key("bad-public.pem"), "PEM"},
      {test_key("bad-mismatch.pem"), "damaged"},
      {test_key("encrypted-ed25519.pem"), "password"},
      {std::string(70000, ' '), "too large"},
  };
  for (const auto& c : cases) {
    const auto key = PrivateKey::parse_pem(c.pem);
    ASSERT_FALSE(key) << c.pem;
    EXPECT_NE(key.error().text.find(c.error), std::string::npos) << key.error().text;
  }
}

TEST(PrivateKey, OpensAnEncryptedOneWithItsPassword) {
  const std::string pem = test_key("encrypted-ed25519.pem");
  EXPECT_TRUE(PrivateKey::parse_pem(pem, "test"));
  EXPECT_FALSE(PrivateKey::parse_pem(pem, "wrong"));
  EXPECT_FALSE(PrivateKey::parse_pem(pem, std::string(5000, 'x')));
}

TEST(PrivateKey, Generates) {
  const auto ed25519 = PrivateKey::generate(KeyType::ed25519);
  ASSERT_TRUE(ed25519);
  EXPECT_EQ(ed25519->dns_public_bytes().size(), 32U);
  const auto rsa = PrivateKey::generate(KeyType::rsa, 2048);
  ASSERT_TRUE(rsa);
  EXPECT_EQ(rsa->bits(), 2048);
  EXPECT_TRUE(rsa->verify_digest(sha256("x"), rsa->sign_digest(sha256("x")).value()));
  EXPECT_FALSE(PrivateKey::generate(KeyType::rsa, 1024));
  EXPECT_FALSE(PrivateKey::generate(KeyType::rsa, 0));
}

}  // namespace
}  // namespace signpost::base
