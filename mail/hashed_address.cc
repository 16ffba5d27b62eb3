#include "mail/hashed_address.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"

namespace signpost::mail {
namespace {

constexpr std::string_view kPrefix = "hmac:";
constexpr std::size_t kDigestBytes = 32;
constexpr std::uint64_t kMaxKeyId = 255;

}  // namespace

HashedAddress hash_address(const base::RingKey& key, std::string_view canonical) {
  return {key.id, std::string(base::as_bytes(base::hmac_sha256(key.bytes, canonical)))};
}

bool looks_hashed(std::string_view text) {
  return base::starts_with_ignore_case(text, kPrefix);
}

base::Result<HashedAddress> parse_hashed_address(std::string_view text) {
  if (!looks_hashed(text)) return base::invalid("expected hmac:KEYID:HEX");
  text.remove_prefix(kPrefix.size());
  const std::size_t colon = text.find(':');
  const auto id = base::parse_number(text.substr(0, colon));
  if (colon == std::string_view::npos || !id || *id == 0 || *id > kMaxKeyId) {
    return base::invalid("expected hmac:KEYID:HEX with a key id from 1 to 255");
  }
  auto digest = base::decode_hex(text.substr(colon + 1));
  if (!digest || digest->size() != kDigestBytes) {
    return base::invalid("expected hmac:KEYID:HEX with 64 hex digits");
  }
  return HashedAddress{static_cast<std::uint8_t>(*id), std::move(*digest)};
}

std::string format_hashed_address(const HashedAddress& hashed) {
  return std::string(kPrefix) + std::to_string(hashed.key_id) + ":" + base::encode_hex(hashed.digest);
}

}  // namespace signpost::mail
