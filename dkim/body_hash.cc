// Two stages. `squeeze` (relaxed only) reduces blanks, which needs two bytes of foresight; `hold_line_ends`
// (both forms) keeps line ends back until something follows them. Whole blocks of bytes are squeezed at a
// time, without branches for each byte, so that the cost stays near that of the hash.
#include "dkim/body_hash.h"

#include <algorithm>
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

/// Writes the bytes that are not dropped and gives back how many; `out` has room for a whole block.
std::size_t squeeze_block(const Block& bytes, const Block& drop, char* out) {
  const Block advance = drop + 1;  // dropped bytes are 255: the next one takes their place
  std::size_t used = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    out[used] = static_cast<char>(bytes[i]);
    used += advance[i];
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
  // One line end closes the body; an empty one consists of it in the simple form and of nothing in the
  // relaxed.
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
  std::size_t at = 0;
  for (; at + kBlock + 2 <= bytes.size(); at += kBlock) {
    if (used_ + kBlock > buffer_.size()) flush();
    const Block here = load(data + at);
    const Block next = load(data + at + 1);
    const Block after = load(data + at + 2);
    const auto blank = static_cast<Block>((here == ' ') | (here == '\t'));
    const auto drop =
        blank & static_cast<Block>((next == ' ') | (next == '\t') | ((next == '\r') & (after == '\n')));
    const Block squeezed = (blank & ' ') | (~blank & here);
    if (is_zero(drop)) {
      std::memcpy(buffer_.data() + used_, &squeezed, kBlock);
      used_ += kBlock;
      continue;
    }
    used_ += squeeze_block(squeezed, drop, buffer_.data() + used_);
  }
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
