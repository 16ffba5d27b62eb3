// The public half of a signing key, as DNS carries it: what a verifier needs. Beside base/crypto the
// only user of OpenSSL.
#pragma once

#include <memory>
#include <string_view>

#include "base/crypto.h"
#include "base/result.h"

namespace signpost::base {

/// Parsed once, then shared by all threads.
class PublicKey {
 public:
  /// The bytes that p= of a key record encodes: SubjectPublicKeyInfo or RSAPublicKey of 1024 to 8192 bits
  /// (RFC 6376 §3.6.1, RFC 8301 §3.2), or the 32 raw bytes of Ed25519 (RFC 8463 §4).
  static Result<PublicKey> parse_dns_bytes(KeyType type, std::string_view bytes);
  PublicKey(PublicKey&&) noexcept;
  PublicKey& operator=(PublicKey&&) noexcept;
  ~PublicKey();

  KeyType type() const;
  int bits() const;
  /// True if `signature` is this key's over `digest` (see PrivateKey::sign_digest).
  bool verify_digest(const Digest& digest, std::string_view signature) const;

 private:
  struct State;
  explicit PublicKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace signpost::base
