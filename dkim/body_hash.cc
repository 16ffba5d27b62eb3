// Bytes go in two kinds of runs. White space that a later byte decides about is counted by a small state
// machine; all between passes as it is, in pieces as long as they come. An ordinary text or base64 body is
// one such piece, so that the cost is the hash's.
#include "dkim/body_hash.h"

#include <algorithm>

namespace signpost::dkim {

namespace {

constexpr std::size_t kBuffer = 4096;
constexpr std::size_t kStep = 64;
/// A piece shorter than this is gathered with others: a call of the hash costs more than copying it.
constexpr std::size_t kDirect = 512;

/// True if relaxed canonicalization changes something at this byte: a tab, or a space before white space.
constexpr bool changes(char c, char next) {
  const bool white = next == ' ' || next == '\t' || next == '\r';
  return c == '\t' || (c == ' ' && white);
}

/// Length of the front of `bytes` that relaxed canonicalization leaves as it is, as far as its bytes alone
/// tell. Looks at 64 bytes at a time without branches, which compilers turn into vector code.
std::size_t unchanged_length(std::string_view bytes) {
  const char* const data = bytes.data();
  const std::size_t last = bytes.size() - 1;
  std::size_t at = 0;
  for (; at + kStep <= last; at += kStep) {
    unsigned char found = 0;
    for (std::size_t i = 0; i < kStep; ++i) {
      found = static_cast<unsigned char>(found | (changes(data[at + i], data[at + i + 1]) ? 1 : 0));
    }
    if (found != 0) break;
  }
  while (at < last && !changes(data[at], data[at + 1])) ++at;
  return at < last ? at : bytes.size();
}

/// Length without the white space at the end, which is held back. At least 1.
std::size_t without_white_end(std::string_view bytes, Canon canon) {
  const std::string_view white = canon == Canon::relaxed ? " \t\r\n" : "\r\n";
  const std::size_t last = bytes.find_last_not_of(white);
  return last == std::string_view::npos ? 1 : last + 1;
}

}  // namespace

BodyHash::BodyHash(Canon canon) : canon_(canon) {}

void BodyHash::update(std::string_view bytes) {
  while (!(bytes = take_white(bytes)).empty()) {
    release_white();
    const std::size_t reach = canon_ == Canon::relaxed ? unchanged_length(bytes) : bytes.size();
    const std::size_t length = without_white_end(bytes.substr(0, reach), canon_);
    hash(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
}

/// Counts the white space at the front of `bytes`; gives back the rest, which is empty or begins with an
/// ordinary byte.
std::string_view BodyHash::take_white(std::string_view bytes) {
  for (; !bytes.empty(); bytes.remove_prefix(1)) {
    const char c = bytes.front();
    if (cr_ && c == '\n') {  // RFC 6376 §3.4.4: blanks before a line end go
      cr_ = false;
      blank_ = false;
      ++newlines_;
      continue;
    }
    if (cr_) release_white();
    if (c == '\r') {
      cr_ = true;
    } else if (c == '\n') {
      release_white();
      hash("\n");
    } else if (canon_ == Canon::relaxed && (c == ' ' || c == '\t')) {
      blank_ = true;
    } else {
      break;
    }
  }
  return bytes;
}

/// An ordinary byte follows: what was held back is part of the body.
void BodyHash::release_white() {
  for (; newlines_ > 0; --newlines_) hash("\r\n");
  if (blank_) hash(" ");  // RFC 6376 §3.4.4: a run of blanks is one space
  if (cr_) hash("\r");
  blank_ = false;
  cr_ = false;
}

void BodyHash::hash(std::string_view bytes) {
  empty_ = false;
  if (buffer_.size() + bytes.size() > kBuffer || bytes.size() >= kDirect) flush();
  if (bytes.size() >= kDirect) {
    hash_.update(bytes);
  } else {
    buffer_ += bytes;
  }
}

void BodyHash::flush() {
  hash_.update(buffer_);
  buffer_.clear();
}

base::Digest BodyHash::finish() {
  if (cr_) release_white();
  newlines_ = 0;  // RFC 6376 §3.4.3, §3.4.4: empty lines at the end go
  blank_ = false;
  // One line end closes the body; it is all there is of an empty one, and that only in the simple form.
  if (!empty_ || canon_ == Canon::simple) hash("\r\n");
  flush();
  empty_ = true;
  return hash_.finish();
}

}  // namespace signpost::dkim
