// base64, base64url, hex and the ULID. The decoders are strict: each byte string has exactly one
// accepted spelling.
#include "base/encoding.h"

#include <algorithm>
#include <cstddef>

#include "base/text.h"

namespace signpost::base {

namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";

constexpr std::uint8_t kNone = 0xFF;
using Values = std::array<std::uint8_t, 256>;

constexpr Values values_of(std::string_view alphabet) {
  Values values{};
  for (std::uint8_t& value : values) value = kNone;
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr Values kBase64Values = values_of(kBase64);
constexpr Values kBase64UrlValues = values_of(kBase64Url);

std::uint32_t byte(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

std::string encode_groups(std::string_view bytes, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t group = byte(bytes, i) << 16 | byte(bytes, i + 1) << 8 | byte(bytes, i + 2);
    for (int shift = 18; shift >= 0; shift -= 6) text += alphabet[group >> shift & 63];
  }
  if (bytes.size() - i == 1) {
    const std::uint32_t group = byte(bytes, i);
    text += alphabet[group >> 2];
    text += alphabet[group << 4 & 63];
  } else if (bytes.size() - i == 2) {
    const std::uint32_t group = byte(bytes, i) << 8 | byte(bytes, i + 1);
    text += alphabet[group >> 10];
    text += alphabet[group >> 4 & 63];
    text += alphabet[group << 2 & 63];
  }
  return text;
}

/// The digits of a base-64 alphabet, without padding. Unused bits must be zero.
Result<std::string> decode_digits(std::string_view digits, const Values& values, const char* what) {
  if (digits.size() % 4 == 1) return invalid(std::string(what) + " of impossible length");
  std::string bytes;
  bytes.reserve(digits.size() / 4 * 3 + 2);
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char digit : digits) {
    const std::uint8_t value = values[static_cast<unsigned char>(digit)];
    if (value == kNone) return invalid(std::string("a character that is not ") + what);
    group = (group << 6 | value) & 0xFFFF;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(group >> bits & 0xFF);
    }
  }
  if ((group & ((1U << bits) - 1)) != 0) return invalid(std::string(what) + " with unused bits set");
  return bytes;
}

std::uint8_t hex_value(char c) {
  if (is_digit(c)) return static_cast<std::uint8_t>(c - '0');
  const char low = to_lower(c);
  return low >= 'a' && low <= 'f' ? static_cast<std::uint8_t>(low - 'a' + 10) : kNone;
}

}  // namespace

std::string encode_base64(std::string_view bytes) {
  std::string text = encode_groups(bytes, kBase64);
  text.append((3 - bytes.size() % 3) % 3, '=');
  return text;
}

Result<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return invalid("base64 of impossible length");
  for (int padding = 0; padding < 2 && !text.empty() && text.back() == '='; ++padding) text.remove_suffix(1);
  return decode_digits(text, kBase64Values, "base64");
}

std::string encode_base64url(std::string_view bytes) {
  return encode_groups(bytes, kBase64Url);
}

Result<std::string> decode_base64url(std::string_view text) {
  return decode_digits(text, kBase64UrlValues, "base64url");
}

std::string encode_hex(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text += kHex[byte(bytes, i) >> 4];
    text += kHex[byte(bytes, i) & 15];
  }
  return text;
}

Result<std::string> decode_hex(std::string_view text) {
  if (text.size() % 2 != 0) return invalid("hex with an odd number of digits");
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::uint8_t high = hex_value(text[i]);
    const std::uint8_t low = hex_value(text[i + 1]);
    if (high == kNone || low == kNone) return invalid("a character that is not hex");
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::string encode_base32(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 8 + 4) / 5);
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    group = group << 8 | static_cast<std::uint8_t>(c);
    for (bits += 8; bits >= 5; bits -= 5) text += kBase32[group >> (bits - 5) & 31];
  }
  if (bits > 0) text += kBase32[group << (5 - bits) & 31];
  return text;
}

Result<std::string> decode_base32(std::string_view text) {
  std::string bytes;
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t digit = kBase32.find(c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c);
    if (digit == kBase32.npos) return invalid("not base32: letters and the digits 2 to 7");
    group = group << 5 | static_cast<std::uint32_t>(digit);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(group >> bits & 0xff);
  }
  if (bits >= 5 || (group & ((1u << bits) - 1)) != 0)
    return invalid("not base32: it ends in a part of a byte");
  return bytes;
}

bool is_ulid(std::string_view text) {
  return text.size() == 26 &&
         std::all_of(text.begin(), text.end(), [](char c) { return kCrockford.find(c) != kCrockford.npos; });
}

std::string format_ulid(Wall now, const std::array<std::uint8_t, 10>& entropy) {
  std::string text(26, '0');
  auto time = static_cast<std::uint64_t>(now.time_since_epoch().count());
  for (std::size_t i = 10; i-- > 0; time >>= 5) text[i] = kCrockford[time & 31];
  text[0] = kCrockford[kCrockford.find(text[0]) & 7];  // 48 bits of time: the top digit holds three
  std::uint32_t group = 0;
  unsigned bits = 0;
  std::size_t at = 10;
  for (const std::uint8_t next : entropy) {
    group = group << 8 | next;
    for (bits += 8; bits >= 5; bits -= 5) text[at++] = kCrockford[group >> (bits - 5) & 31];
  }
  return text;
}

std::optional<std::string> ulid_bytes(std::string_view ulid) {
  if (!is_ulid(ulid)) return std::nullopt;
  std::string bytes;
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (std::size_t i = 0; i < ulid.size(); ++i) {
    group = group << 5 | static_cast<std::uint32_t>(kCrockford.find(ulid[i]));
    bits += i == 0 ? 3 : 5;  // 26 digits hold two bits more than 16 bytes
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(group >> bits & 0xff);
  }
  return bytes;
}

std::optional<Wall> ulid_time(std::string_view ulid) {
  if (!is_ulid(ulid)) return std::nullopt;
  std::int64_t time = 0;
  for (const char c : ulid.substr(0, 10)) time = time << 5 | static_cast<std::int64_t>(kCrockford.find(c));
  return Wall(Wall::duration(time & ((std::int64_t{1} << 48) - 1)));
}

}  // namespace signpost::base
