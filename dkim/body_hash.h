// The body hash of a signature, taken while the body arrives in pieces of any size. Both canonicalizations;
// nothing is held back but what a later byte decides, and that is counted, not kept.
#pragma once

#include <cstddef>
#include <string>
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
  std::string_view take_white(std::string_view bytes);
  void release_white();
  void hash(std::string_view bytes);
  void flush();

  Canon canon_;
  base::Sha256 hash_;
  std::string buffer_;        ///< short pieces on their way to the hash
  std::size_t newlines_ = 0;  ///< line ends held back: dropped if nothing follows
  bool blank_ = false;        ///< relaxed: blanks held back, after those line ends
  bool cr_ = false;           ///< the last byte was a CR, after those blanks
  bool empty_ = true;         ///< nothing hashed so far
};

}  // namespace signpost::dkim
