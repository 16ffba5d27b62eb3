// Two stages. `squeeze` (relaxed only) reduces blanks, which needs two bytes of foresight; `hold_line_ends`
// (both forms) keeps line ends back until something follows them. Blanks are looked for in whole blocks of
// bytes, and what they leave as it is goes to the hash from where it lies, so that the cost
// stays near the hash's.
#include "dkim/body_hash.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace signpost::dkim {

namespace {

constexpr std::size_t kBlock = 16;

/// Sixteen bytes that are computed with at once: a vector register where the machine has one (GCC and clang).
using Block = std::uint8_t __attribute__((vector_size(kBlock)));

Block load(const char* bytes) {
  Block block;
  std::memcpy(&block, bytes, kBlock);
  return block;
}

bool is_zero(const Block& block) {
  std::array<std::uint64_t, 2> halves{};
  std::memcpy(halves.data(), &block, kBlock);
  return (halves[0] | halves[1]) == 0;
}

Block is_blank(const Block& bytes) {
  return static_cast<Block>((bytes == ' ') | (bytes == '\t'));
}

/// One bit for each byte, the first byte's lowest: set where the byte is 255, unset where it is 0.
unsigned bits_of(const Block& block) {
  std::array<std::uint64_t, 2> halves{};
  std::memcpy(halves.data(), &block, kBlock);
  unsigned bits = 0;
  for (const std::size_t i : {1u, 0u}) {
    const std::uint64_t half =
        std::endian::native == std::endian::little ? halves[i] : __builtin_bswap64(halves[i]);
    bits = bits << 8 | static_cast<unsigned>((half & 0x8040201008040201u) * 0x0101010101010101u >> 56);
  }
  return bits;
}

/// Writes the bytes whose bit is set, and gives back how many; `out` has room for two blocks.
std::size_t squeeze_block(const Block& bytes, unsigned keep, char* out) {
  std::array<char, 2 * kBlock> from{};
  std::memcpy(from.data(), &bytes, kBlock);
  std::size_t used = 0;
  while (keep != 0) {
    const int begin = std::countr_zero(keep);
    const int length = std::countr_one(keep >> begin);
    std::memcpy(out + used, from.data() + begin, kBlock);
    used += static_cast<std::size_t>(length);
    keep &= ~0u << (begin + length);
  }
  return used;
}

constexpr std::string_view kLineEnds = "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";

}  // namespace

BodyHash::BodyHash(Canon canon, std::optional<std::uint64_t> limit) : canon_(canon), limit_(limit) {}

void BodyHash::update(std::string_view bytes) {
  if (canon_ == Canon::relaxed) {
    squeeze(bytes);
  } else {
    hold_line_ends(bytes);
  }
}

base::Digest BodyHash::finish() {
  if (pending_ == Pending::blank_cr) put_pending();
  pending_ = Pending::nothing;  // RFC 6376 §3.4.4: blanks at the end of the last line go
  flush();
  if (cr_) release_line_ends();
  line_ends_ = 0;  // RFC 6376 §3.4.3, §3.4.4: empty lines at the end go
  // One line end closes the body; an empty one consists of it in the simple form and of
  // nothing in the relaxed.
  if (!empty_ || canon_ == Canon::simple) take("\r\n");
  empty_ = true;
  fell_short_ = limit_ && taken_ < *limit_;
  taken_ = 0;
  return hash_.finish();
}

// ---- blanks (RFC 6376 §3.4.4): a run before a line end goes, any other is one space ----

void BodyHash::squeeze(std::string_view bytes) {
  while (!bytes.empty()) {
    if (pending_ == Pending::nothing) bytes.remove_prefix(squeeze_blocks(bytes));
    if (bytes.empty()) return;
    squeeze_byte(bytes.front());
    bytes.remove_prefix(1);
  }
}

/// Squeezes as many whole blocks as have two more bytes behind them, and gives back their length. Of a run of
/// blanks the last one stays, as a space, unless a line end follows it.
std::size_t BodyHash::squeeze_blocks(std::string_view bytes) {
  const char* const data = bytes.data();
  std::size_t unchanged = 0;  // from here to `at`
  std::size_t at = 0;
  for (; at + kBlock + 2 <= bytes.size(); at += kBlock) {
    const Block here = load(data + at);
    const Block blank = is_blank(here);
    if (is_zero(blank)) continue;
    const Block next = load(data + at + 1);
    const Block after = load(data + at + 2);
    const auto drop = blank & (is_blank(next) | static_cast<Block>((next == '\r') & (after == '\n')));
    if (is_zero(drop | static_cast<Block>(here == '\t'))) continue;
    put_all(bytes.substr(unchanged, at - unchanged));
    unchanged = at + kBlock;
    if (used_ + 2 * kBlock > buffer_.size()) flush();
    const Block squeezed = (blank & ' ') | (~blank & here);
    used_ += squeeze_block(squeezed, ~bits_of(drop) & 0xFFFFu, buffer_.data() + used_);
  }
  put_all(bytes.substr(unchanged, at - unchanged));
  return at;
}

/// The same for one byte; what follows it may arrive with a later call.
void BodyHash::squeeze_byte(char c) {
  if (pending_ == Pending::blank && c == '\r') {
    pending_ = Pending::blank_cr;
    return;
  }
  if (pending_ == Pending::blank_cr && c == '\n') {
    pending_ = Pending::nothing;
    put('\r');
    put('\n');
    return;
  }
  const bool blank = c == ' ' || c == '\t';
  if (!blank || pending_ == Pending::blank_cr) put_pending();
  if (blank) {
    pending_ = Pending::blank;
  } else {
    put(c);
  }
}

void BodyHash::put(char c) {
  if (used_ == buffer_.size()) flush();
  buffer_[used_++] = c;
}

/// What is long goes to the hash from where it lies.
void BodyHash::put_all(std::string_view bytes) {
  constexpr std::size_t kLong = 256;
  if (bytes.size() < kLong) {
    if (used_ + bytes.size() > buffer_.size()) flush();
    std::copy(bytes.begin(), bytes.end(), buffer_.data() + used_);
    used_ += bytes.size();
    return;
  }
  flush();
  hold_line_ends(bytes);
}

/// What was pending turned out to be part of the line.
void BodyHash::put_pending() {
  if (pending_ != Pending::nothing) put(' ');
  if (pending_ == Pending::blank_cr) put('\r');
  pending_ = Pending::nothing;
}

void BodyHash::flush() {
  hold_line_ends({buffer_.data(), used_});
  used_ = 0;
}

// ---- line ends (RFC 6376 §3.4.3, §3.4.4): those at the end of the body go ----

void BodyHash::hold_line_ends(std::string_view bytes) {
  if (bytes.empty()) return;
  if (cr_ && bytes.front() == '\n') {
    cr_ = false;
    ++line_ends_;
    bytes.remove_prefix(1);
  } else if (cr_) {
    release_line_ends();
  }
  std::size_t end = bytes.size();
  const bool cr = end > 0 && bytes[end - 1] == '\r';
  if (cr) --end;
  std::size_t line_ends = 0;
  for (; end >= 2 && bytes[end - 2] == '\r' && bytes[end - 1] == '\n'; end -= 2) ++line_ends;
  if (end > 0) {
    release_line_ends();
    take(bytes.substr(0, end));
    empty_ = false;
  }
  line_ends_ += line_ends;
  cr_ = cr;
}

/// Something follows: what was held back is part of the body.
void BodyHash::release_line_ends() {
  if (line_ends_ > 0 || cr_) empty_ = false;
  while (line_ends_ > 0) {
    const std::size_t count = std::min(line_ends_, kLineEnds.size() / 2);
    take(kLineEnds.substr(0, 2 * count));
    line_ends_ -= count;
  }
  if (cr_) take("\r");
  cr_ = false;
}

/// The canonical form, as it is hashed.
void BodyHash::take(std::string_view canonical) {
  if (limit_) {
    canonical = canonical.substr(0, *limit_ - taken_);
    taken_ += canonical.size();
  }
  hash_.update(canonical);
}

}  // namespace signpost::dkim
