// The body hash of a signature, taken while the body arrives in pieces of any size. Both canonicalizations; nothing
// is buffered but what a later byte decides (trailing blanks and empty lines are counted, not kept).
#pragma once

#include <cstddef>
#include <string_view>

#include "base/crypto.h"
#include "dkim/settings.h"

namespace signpost::dkim {

/// bh= of one message (RFC 6376 §3.4.3, §3.4.4, §3.7). One owner at a time.
class BodyHash {
 public:
  explicit BodyHash(Canon canon);
  /// The next bytes, in CRLF form; cuts may fall inside a line end.
  void update(std::string_view bytes);
  base::Digest finish();

 private:
  void relaxed(std::string_view bytes);
  void simple(std::string_view bytes);
  Canon canon_;
  base::Sha256 hash_;
  // The owner of this file adds the state it needs.
};

}  // namespace signpost::dkim
