// AES-SIV, which seals what travels in links. The only user of Nettle: OpenSSL 3.0 has the same cipher, but
// copies two contexts for each text, which costs it three times as much (docs/performance.md).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace signpost::base {

/// AES-128-SIV (RFC 5297) with a 32-byte key and one associated-data string. Deterministic (§3): equal input
/// gives equal output, which `anonymous` links need. Nettle needs a nonce all the same; it is one zero octet,
/// always. Output is 16 bytes longer than the plaintext. Thread-safe: nothing changes after create().
class Siv {
 public:
  /// Error `invalid`: a key of another length.
  static Result<Siv> create(std::string_view key32, std::string_view associated);
  Siv(Siv&&) noexcept;
  Siv& operator=(Siv&&) noexcept;
  ~Siv();
  std::string seal(std::string_view plaintext) const;
  /// Error `invalid` when anything was changed: key, associated data or sealed bytes.
  Result<std::string> open(std::string_view sealed) const;

 private:
  struct State;
  explicit Siv(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace signpost::base
