// The bytes of a foreign file as text that other readers take apart: UTF-8 with or without a byte order mark, UTF-16 in
// either order. Bytes of other encodings pass through; importers/cells reads them per record.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace signpost::importers {

/// Fills the buffer with at most `size` bytes and returns how many; 0 at the end.
using ReadBytes = std::function<std::size_t(char* buffer, std::size_t size)>;

enum class Encoding { utf8, utf16_le, utf16_be };
std::string_view encoding_name(Encoding encoding);

/// What the first bytes say: a byte order mark, or without one the zero bytes of UTF-16.
Encoding detect_encoding(std::string_view bytes);

/// Turns UTF-16 into UTF-8 piece by piece; what is not a character becomes U+FFFD.
class Utf16Decoder {
 public:
  explicit Utf16Decoder(bool is_big_endian) : is_big_endian_(is_big_endian) {}
  void decode(std::string_view bytes, std::string& text);
  /// Half a character at the end of the file.
  void finish(std::string& text);

 private:
  void take_unit(unsigned unit, std::string& text);
  bool is_big_endian_;
  bool has_byte_ = false;
  unsigned char byte_ = 0;
  unsigned high_ = 0;  ///< a high surrogate that waits for its low one; 0: none
};

/// Holds what was read and not dropped yet; memory is that and one piece more.
class TextSource {
 public:
  explicit TextSource(ReadBytes read) : read_(std::move(read)) {}

  /// The text that was read and not dropped yet.
  std::string_view text() const { return std::string_view(buffer_).substr(begin_); }
  /// Appends to it. False at the end of the file.
  bool more();
  bool ended() const { return ended_; }
  /// Reads until that much text is there or the file ends, without dropping any.
  std::string_view peek(std::size_t size);
  void drop(std::size_t size) { begin_ += size; }
  /// Known once something was read.
  Encoding encoding() const { return encoding_; }

 private:
  bool read_piece(std::string& bytes);
  void take(std::string_view bytes);

  ReadBytes read_;
  std::string buffer_;
  std::size_t begin_ = 0;
  bool started_ = false;
  bool ended_ = false;
  Encoding encoding_ = Encoding::utf8;
  Utf16Decoder utf16_{false};
};

/// UTF-8 of one Unicode character.
void append_utf8(std::string& text, unsigned character);

}  // namespace signpost::importers
