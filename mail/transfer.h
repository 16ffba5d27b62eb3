// Quoted-printable and base64 with positions: decoded bytes know which encoded bytes they came from, so that a value can be replaced
// in place and everything around it stays as it was, odd soft breaks and lower-case hex included (RFC 2045 §6.7, §6.8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mail/edit.h"

namespace signpost::mail {

enum class Encoding { identity, quoted_printable, base64 };  ///< identity: 7bit, 8bit, binary

/// A decoded part that remembers. Memory at most a small multiple of the input.
class Decoded {
 public:
  /// Error `invalid` with a fixed word ("bad-quoted-printable", "bad-base64") where decoders would differ.
  static base::Result<Decoded> decode(std::string_view encoded, Encoding encoding);
  std::string_view text() const;

  /// A replacement in the decoded text. Ascending and not overlapping.
  struct Replacement {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string text;
  };
  /// The splices on the encoded bytes (offsets from the start of the part) that make exactly these replacements. Quoted-printable: new lines
  /// stay within 76, bytes outside the values untouched; base64: regrouped from the first changed group up to where the alignment meets again or the line's end,
  /// with the part's own line length; identity: spliced as is. Error `limit` with "line-too-long" if an identity line would pass 998 bytes.
  base::Result<std::vector<Splice>> replace(const std::vector<Replacement>& replacements) const;

 private:
  std::string_view encoded_;
  Encoding encoding_ = Encoding::identity;
  std::string text_;
  // The owner of this file adds the position map it needs.
};

}  // namespace signpost::mail
