// Beside base/public_key and base/key_memory the only user of OpenSSL, and the only one of libsodium (Ed25519
// signatures): hashes, MACs, private keys.
// Algorithms are fetched once per process (a fetch per call costs 3-5 times the hash of a small input). No
// OpenSSL type leaks out of this header. Everything is thread-safe unless its comment says otherwise; the
// error queue is cleared after a failure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace signpost::base {

using Digest = std::array<std::uint8_t, 32>;
inline std::string_view as_bytes(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// Streaming SHA-256. One object belongs to one caller at a time. Reusable: finish() starts it anew.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::string_view bytes);
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256(std::string_view bytes);
Digest hmac_sha256(std::string_view key, std::string_view bytes);

/// Bytes from the system's generator; never fails (the process is ended if the system cannot give any).
std::string random_bytes(std::size_t count);

/// Same length and content, in time that depends on the length only.
bool equal_in_constant_time(std::string_view a, std::string_view b);
/// Overwrites with zeros in a way the compiler keeps.
void wipe(void* secret, std::size_t size);
void wipe(std::string& secret);

enum class KeyType { rsa, ed25519 };

/// A signing key, parsed once and shared by all threads.
class PrivateKey {
 public:
  /// PEM: PKCS#8 or PKCS#1, RSA of 1024 to 8192 bits, or Ed25519. `password` for an encrypted one. A key
  /// whose parts do not fit together is an error.
  static Result<PrivateKey> parse_pem(std::string_view pem, std::string_view password = {});
  /// `bits` for RSA only (2048, 3072 or 4096).
  static Result<PrivateKey> generate(KeyType type, int bits = 2048);
  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  KeyType type() const;
  int bits() const;
  /// RSA: PKCS#1 v1.5 over the SHA-256 digest (RFC 6376 §3.3.1). Ed25519: PureEdDSA over the 32 digest
  /// bytes (RFC 8463 §3).
  Result<std::string> sign_digest(const Digest& digest) const;
  /// True if `signature` is this key's over `digest`.
  bool verify_digest(const Digest& digest, std::string_view signature) const;
  /// What goes, base64-encoded, into the p= of a DNS record: SubjectPublicKeyInfo for RSA, the 32 raw bytes
  /// for Ed25519 (RFC 8463 §4).
  std::string dns_public_bytes() const;
  /// PKCS#8 PEM, unencrypted. The caller wipes it after use.
  std::string to_pem() const;

 private:
  struct State;
  explicit PrivateKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace signpost::base
