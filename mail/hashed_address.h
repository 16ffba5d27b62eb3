// An address known only by its keyed hash, "hmac:KEYID:HEX": with the key one can test whether an address is
// the one, but no one can recover the address. The caller chooses the key and keeps the hash.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/keyring.h"
#include "base/result.h"

namespace signpost::mail {

struct HashedAddress {
  std::uint8_t key_id = 0;  ///< of the ring whose key made it; 1..255
  std::string digest;       ///< 32 bytes
  bool operator==(const HashedAddress&) const = default;
};

/// HMAC-SHA256 over a canonical key ("bob@example.net", see mail::canonical_key) or over "@" and
/// a canonical domain.
HashedAddress hash_address(const base::RingKey& key, std::string_view canonical);

/// True if the text begins as a hashed address does; it may still be none.
bool looks_hashed(std::string_view text);
/// "hmac:7:0a1b…": 64 hex digits, in either case. Error `invalid`.
base::Result<HashedAddress> parse_hashed_address(std::string_view text);
std::string format_hashed_address(const HashedAddress& hashed);

}  // namespace signpost::mail
