// Bytes as text and back: base64 (RFC 4648 §4), base64url without padding (§5), base32 (§6), hex, and the ULID.
// MIME's transfer encodings, which must keep positions and oddities, are mail/transfer.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace signpost::base {

std::string encode_base64(std::string_view bytes);
/// Strict: the alphabet, right padding, no blanks. Round trip with encode_base64.
Result<std::string> decode_base64(std::string_view text);
/// Without padding; the alphabet that a URL path keeps as it is.
std::string encode_base64url(std::string_view bytes);
/// Strict: unused bits must be zero, so that each byte string has exactly one spelling.
Result<std::string> decode_base64url(std::string_view text);
/// Without padding, in lower case: for texts in which some programs change the case of letters.
std::string encode_base32(std::string_view bytes);
/// In either case. Strict: unused bits must be zero.
Result<std::string> decode_base32(std::string_view text);
std::string encode_hex(std::string_view bytes);
Result<std::string> decode_hex(std::string_view text);

/// 26 characters of Crockford's base32, upper case, as format_ulid writes them.
bool is_ulid(std::string_view text);
/// 26 characters, Crockford base 32: 48 bits of time, 80 bits of `entropy` (first ten bytes used).
std::string format_ulid(Wall now, const std::array<std::uint8_t, 10>& entropy);
/// Its 16 bytes: 48 bits of time in milliseconds, then the entropy; nullopt if it is none.
std::optional<std::string> ulid_bytes(std::string_view ulid);
/// The time in it, in milliseconds; nullopt if it is none.
std::optional<Wall> ulid_time(std::string_view ulid);

}  // namespace signpost::base
