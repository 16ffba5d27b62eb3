// The body hash of a signature, taken while the body arrives in pieces of any size. Both canonicalizations;
// nothing is held back but what a later byte decides, and that is counted, not kept.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/crypto.h"
#include "dkim/settings.h"

namespace signpost::dkim {

/// bh= of one message (RFC 6376 §3.4.3, §3.4.4, §3.7). One owner at a time. Reusable: finish() starts it
/// anew.
class BodyHash {
 public:
  explicit BodyHash(Canon canon);
  /// The next bytes, in CRLF form; cuts may fall inside a line end. A CR or LF alone is an ordinary byte.
  void update(std::string_view bytes);
  base::Digest finish();

 private:
  /// Relaxed only: what was read and is not decided yet.
  enum class Pending { nothing, blank, blank_cr };

  void squeeze(std::string_view bytes);
  std::size_t squeeze_blocks(std::string_view bytes);
  void squeeze_byte(char c);
  void put(char c);
  void put_pending();
  void flush();

  void hold_line_ends(std::string_view bytes);
  void release_line_ends();

  Canon canon_;
  base::Sha256 hash_;
  Pending pending_ = Pending::nothing;
  std::array<char, 4096> buffer_;  ///< squeezed bytes on their way to hold_line_ends
  std::size_t used_ = 0;           ///< of the buffer
  std::size_t line_ends_ = 0;      ///< held back: dropped if nothing follows
  bool cr_ = false;                ///< the last byte was a CR, after those line ends
  bool empty_ = true;              ///< nothing hashed so far
};

}  // namespace signpost::dkim
