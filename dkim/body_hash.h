// The body hash of a signature, taken while the body arrives in pieces of any size. Both canonicalizations;
// nothing is held back but what a later byte decides, and that is counted, not kept.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/crypto.h"
#include "dkim/settings.h"

namespace signpost::dkim {

/// bh= of one message (RFC 6376 §3.4.3, §3.4.4, §3.7). One owner at a time. Reusable:
/// finish() starts it anew.
class BodyHash {
 public:
  /// With a `limit`, only that many bytes of the canonical form count (l=).
  explicit BodyHash(Canon canon, std::optional<std::uint64_t> limit = {});
  /// The next bytes, in CRLF form; cuts may fall inside a line end. A CR or LF alone is an ordinary byte.
  void update(std::string_view bytes);
  base::Digest finish();
  /// After finish(): the canonical form had fewer bytes than `limit`.
  bool fell_short() const { return fell_short_; }

 private:
  /// Relaxed only: what was read and is not decided yet.
  enum class Pending { nothing, blank, blank_cr };

  void squeeze(std::string_view bytes);
  std::size_t squeeze_blocks(std::string_view bytes);
  void squeeze_byte(char c);
  void put(char c);
  void put_all(std::string_view bytes);
  void put_pending();
  void flush();

  void hold_line_ends(std::string_view bytes);
  void release_line_ends();
  void take(std::string_view canonical);

  Canon canon_;
  std::optional<std::uint64_t> limit_;
  std::uint64_t taken_ = 0;  ///< bytes hashed, if there is a limit
  bool fell_short_ = false;
  base::Sha256 hash_;
  Pending pending_ = Pending::nothing;
  std::array<char, 4096> buffer_;  ///< squeezed bytes on their way to hold_line_ends
  std::size_t used_ = 0;           ///< of the buffer
  std::size_t line_ends_ = 0;      ///< held back: dropped if nothing follows
  bool cr_ = false;                ///< the last byte was a CR, after those line ends
  bool empty_ = true;              ///< nothing hashed so far
};

}  // namespace signpost::dkim
