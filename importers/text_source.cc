#include "importers/text_source.h"

namespace signpost::importers {
namespace {

constexpr std::size_t kPiece = std::size_t{64} * 1024;
constexpr unsigned kReplacement = 0xFFFD;
constexpr std::string_view kMarkUtf8 = "\xEF\xBB\xBF";
constexpr std::string_view kMarkLe = "\xFF\xFE";
constexpr std::string_view kMarkBe = "\xFE\xFF";

}  // namespace

std::string_view encoding_name(Encoding encoding) {
  switch (encoding) {
    case Encoding::utf8:
      return "UTF-8";
    case Encoding::utf16_le:
      return "UTF-16LE";
    case Encoding::utf16_be:
      return "UTF-16BE";
  }
  return "UTF-8";
}

Encoding detect_encoding(std::string_view bytes) {
  if (bytes.starts_with(kMarkLe)) return Encoding::utf16_le;
  if (bytes.starts_with(kMarkBe)) return Encoding::utf16_be;
  // Addresses are mostly ASCII: every second byte of them is zero.
  const std::string_view head = bytes.substr(0, 64);
  std::size_t zeros[2] = {0, 0};
  for (std::size_t i = 0; i < head.size(); ++i) zeros[i % 2] += head[i] == '\0' ? 1 : 0;
  const std::size_t enough = head.size() / 4;
  if (head.size() < 4) return Encoding::utf8;
  if (zeros[1] > enough && zeros[0] == 0) return Encoding::utf16_le;
  if (zeros[0] > enough && zeros[1] == 0) return Encoding::utf16_be;
  return Encoding::utf8;
}

void append_utf8(std::string& text, unsigned c) {
  const auto put = [&](unsigned byte) { text += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

void Utf16Decoder::take_unit(unsigned unit, std::string& text) {
  const bool is_high = unit >= 0xD800 && unit < 0xDC00;
  const bool is_low = unit >= 0xDC00 && unit < 0xE000;
  if (high_ != 0 && is_low) {
    append_utf8(text, 0x10000 + ((high_ - 0xD800) << 10) + (unit - 0xDC00));
    high_ = 0;
    return;
  }
  if (high_ != 0) append_utf8(text, kReplacement);
  high_ = is_high ? unit : 0;
  if (!is_high) append_utf8(text, is_low ? kReplacement : unit);
}

void Utf16Decoder::decode(std::string_view bytes, std::string& text) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    has_byte_ = !has_byte_;
    if (has_byte_) {
      byte_ = byte;
    } else {
      take_unit(is_big_endian_ ? byte_ * 256u + byte : byte * 256u + byte_, text);
    }
  }
}

void Utf16Decoder::finish(std::string& text) {
  if (high_ != 0 || has_byte_) append_utf8(text, kReplacement);
  high_ = 0;
  has_byte_ = false;
}

bool TextSource::read_piece(std::string& bytes) {
  bytes.resize(kPiece);
  std::size_t used = 0;
  // The first piece must be long enough to tell the encoding from.
  const std::size_t wanted = started_ ? 1 : 64;
  while (used < wanted) {
    const std::size_t count = read_(bytes.data() + used, bytes.size() - used);
    if (count == 0) break;
    used += count;
  }
  bytes.resize(used);
  return used > 0;
}

void TextSource::take(std::string_view bytes) {
  if (!started_) {
    started_ = true;
    encoding_ = detect_encoding(bytes);
    if (encoding_ != Encoding::utf8) utf16_ = Utf16Decoder(encoding_ == Encoding::utf16_be);
    if (bytes.starts_with(kMarkUtf8)) bytes.remove_prefix(kMarkUtf8.size());
    if (encoding_ != Encoding::utf8 && (bytes.starts_with(kMarkLe) || bytes.starts_with(kMarkBe)))
      bytes.remove_prefix(kMarkLe.size());
  }
  if (encoding_ == Encoding::utf8) {
    buffer_.append(bytes);
  } else {
    utf16_.decode(bytes, buffer_);
  }
}

bool TextSource::more() {
  if (ended_) return false;
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  std::string bytes;
  if (read_piece(bytes)) {
    take(bytes);
    return true;
  }
  ended_ = true;
  if (encoding_ != Encoding::utf8) utf16_.finish(buffer_);
  return false;
}

std::string_view TextSource::peek(std::size_t size) {
  while (buffer_.size() - begin_ < size && more()) {
  }
  return text();
}

}  // namespace signpost::importers
