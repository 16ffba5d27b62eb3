// base64, base64url, base32 and hex: what decodes has exactly one spelling, and every byte string comes back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/encoding.h"
#include "base/text.h"

namespace base = signpost::base;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto bytes = base::decode_base64(text); bytes && base::encode_base64(*bytes) != text)
    __builtin_trap();
  if (const auto bytes = base::decode_base64url(text); bytes && base::encode_base64url(*bytes) != text) {
    __builtin_trap();
  }
  if (const auto bytes = base::decode_base32(text);
      bytes && base::encode_base32(*bytes) != base::lower(text)) {
    __builtin_trap();
  }
  if (base::decode_base32(base::encode_base32(text)) != text) __builtin_trap();
  if (const auto bytes = base::decode_hex(text); bytes && base::encode_hex(*bytes) != base::lower(text)) {
    __builtin_trap();
  }
  if (base::decode_base64(base::encode_base64(text)) != text) __builtin_trap();
  if (base::decode_base64url(base::encode_base64url(text)) != text) __builtin_trap();
  if (base::decode_hex(base::encode_hex(text)) != text) __builtin_trap();
  return 0;
}
