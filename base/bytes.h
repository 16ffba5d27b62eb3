// Small binary records: numbers as varints (LEB128), texts with their length before them. One value has
// exactly one spelling, so that parse and format are each other's inverse. What a record means is known by
// whoever writes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace signpost::base {

class ByteWriter {
 public:
  void byte(std::uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  /// Zigzag: small negative numbers stay short.
  void signed_number(std::int64_t value) {
    const auto wide = static_cast<std::uint64_t>(value);
    number(value < 0 ? ~(wide << 1) : wide << 1);
  }
  void text(std::string_view value) {
    number(value.size());
    bytes_.append(value);
  }
  /// Without a length: only as the last.
  void rest(std::string_view value) { bytes_.append(value); }
  /// Four bytes, little endian: checksums.
  void word(std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) byte(static_cast<std::uint8_t>(value >> shift));
  }
  const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads what ByteWriter wrote. After the first byte that does not fit everything reads as zero or empty
/// and `ok` is false.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t byte() {
    if (rest_.empty()) return spoil();
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  /// A number longer than it need be, or above 64 bits, does not fit.
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint8_t next = byte();
      const std::uint64_t bits = next & 0x7F;
      if (!ok_ || (shift == 63 && bits > 1) || (shift > 0 && next == 0)) return spoil();
      value |= bits << shift;
      if (next < 0x80) return value;
    }
    return spoil();
  }
  std::int64_t signed_number() {
    const std::uint64_t wide = number();
    return static_cast<std::int64_t>((wide & 1) != 0 ? ~(wide >> 1) : wide >> 1);
  }
  /// Points into the bytes given to the constructor.
  std::string_view text() {
    const std::uint64_t length = number();
    if (!ok_ || length > rest_.size()) {
      spoil();
      return {};
    }
    const std::string_view value = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return value;
  }
  /// All that is left.
  std::string_view rest() { return ok_ ? std::exchange(rest_, {}) : std::string_view(); }
  std::uint32_t word() {
    std::uint32_t value = 0;
    for (int shift = 0; shift < 32; shift += 8) value |= static_cast<std::uint32_t>(byte()) << shift;
    return value;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::uint8_t spoil() {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace signpost::base
