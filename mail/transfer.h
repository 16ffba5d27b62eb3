// Quoted-printable and base64 with positions: decoded bytes know which encoded bytes they came from, so that
// a value can be replaced in place and everything around it stays as it was, odd soft breaks and lower-case
// hex included (RFC 2045 §6.7, §6.8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mail/patch.h"

namespace signpost::mail {

enum class Encoding { identity, quoted_printable, base64 };  ///< identity: 7bit, 8bit, binary

/// The encoding that a Content-Transfer-Encoding names (lower case); common misspellings of the
/// identity ones count.
std::optional<Encoding> find_encoding(std::string_view name);

/// A decoded part that remembers. Refers to the encoded bytes, which must outlive it. Beside the decoded text
/// it holds a position mark of 8 bytes for every 128.
class Decoded {
 public:
  /// Error `invalid` with a fixed word ("bad-quoted-printable", "bad-base64") where decoders would differ,
  /// `limit` beyond 4 GiB.
  static base::Result<Decoded> decode(std::string_view encoded, Encoding encoding);
  std::string_view text() const {
    return encoding_ == Encoding::identity ? encoded_ : std::string_view(text_);
  }

  /// True if new text stands among the lines as it is: mail/line_fit says what has room.
  bool is_identity() const { return encoding_ == Encoding::identity; }

  /// The replacements on the encoded bytes (offsets from the start of the part) that make exactly these on the decoded text. Quoted-printable: new lines stay within 76, bytes outside the values are untouched.
  /// Base64: one from the first changed group to the last, in the part's own line length. Identity:
  /// spliced as is; error `limit` with "line-too-long" if a line that grows would pass 998 bytes (RFC 5322
  /// §2.1.1). Error `invalid` if the replacements are out of order or out of range.
  base::Result<std::vector<Replacement>> replace(std::vector<Replacement> replacements) const;

 private:
  /// A place known in both forms. Between two marks the text is decoded again when a place is asked for.
  struct Mark {
    std::uint32_t decoded;
    std::uint32_t encoded;
  };
  void decode_quoted_printable();
  bool decode_base64();
  const Mark& mark_before(std::size_t decoded) const;
  std::size_t find_quoted_printable(std::size_t decoded) const;
  std::size_t find_base64_group(std::size_t group) const;

  std::vector<Replacement> replace_quoted_printable(std::vector<Replacement> replacements) const;
  std::vector<Replacement> replace_base64(const std::vector<Replacement>& replacements) const;
  base::Result<std::vector<Replacement>> replace_identity(std::vector<Replacement> replacements) const;

  std::string_view encoded_;
  Encoding encoding_ = Encoding::identity;
  std::string text_;
  std::vector<Mark> marks_;
  std::size_t data_end_ = 0;  ///< base64: after the last character that carries data or padding
};

}  // namespace signpost::mail
