// SipHash-1-3 (Aumasson, Bernstein 2012, with one and three rounds): a hash for tables whose keys strangers
// choose, and, under a fixed key, a checksum against damage. Not for secrets; those take base/crypto.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

namespace signpost::base {

using SipKey = std::array<std::uint64_t, 2>;

/// Several pieces give the hash of all of them in a row: add() each, then finish().
class SipHash {
 public:
  explicit SipHash(const SipKey& key)
      : a_(key[0] ^ 0x736f6d6570736575U),
        b_(key[1] ^ 0x646f72616e646f6dU),
        c_(key[0] ^ 0x6c7967656e657261U),
        d_(key[1] ^ 0x7465646279746573U) {}

  void add(std::string_view bytes) {
    length_ += bytes.size();
    for (const char c : bytes) {
      pending_ |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(c)) << filled_;
      filled_ += 8;
      if (filled_ == 64) {
        mix(pending_);
        pending_ = 0;
        filled_ = 0;
      }
    }
  }

  std::uint64_t finish() {
    mix(pending_ | length_ << 56);
    c_ ^= 0xff;
    for (int i = 0; i < 3; ++i) round();
    return a_ ^ b_ ^ c_ ^ d_;
  }

 private:
  void mix(std::uint64_t word) {
    d_ ^= word;
    round();
    a_ ^= word;
  }
  void round() {
    a_ += b_;
    b_ = std::rotl(b_, 13) ^ a_;
    a_ = std::rotl(a_, 32);
    c_ += d_;
    d_ = std::rotl(d_, 16) ^ c_;
    a_ += d_;
    d_ = std::rotl(d_, 21) ^ a_;
    c_ += b_;
    b_ = std::rotl(b_, 17) ^ c_;
    c_ = std::rotl(c_, 32);
  }

  std::uint64_t a_, b_, c_, d_;
  std::uint64_t pending_ = 0;
  std::uint64_t length_ = 0;
  unsigned filled_ = 0;
};

/// 32 bits that tell a damaged record from a whole one.
inline std::uint32_t checksum(std::string_view bytes, std::string_view more = {}) {
  SipHash hash({0x7369676e706f7374U, 0x636865636b73756dU});
  hash.add(bytes);
  hash.add(more);
  return static_cast<std::uint32_t>(hash.finish());
}

}  // namespace signpost::base
