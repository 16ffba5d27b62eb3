// Makes a body one that no MTA needs to change on its way: parts with lines too long for SMTP, or with octets
// a 7bit peer cannot take, are encoded again. What they decode to stays the same, octet for octet. A
// signature made after this survives where one made before would be broken by the MTA (Postfix folds lines at
// 998 and turns labelled 8bit into quoted-printable for peers without 8BITMIME: both tried on 3.7).
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "mail/edit.h"
#include "mail/message.h"
#include "mail/patch.h"

namespace signpost::mail {

/// Octets in a line without its line end (RFC 5321 §4.5.3.1.6, RFC 5322 §2.1.1).
constexpr std::size_t kMaxLine = 998;

/// Finds lines longer than a bound in a text that arrives piece by piece. Looks at a few octets in
/// each `max_line` only.
class LongLineScan {
 public:
  explicit LongLineScan(std::size_t max_line = kMaxLine) : max_line_(max_line) {}
  void update(std::string_view bytes);
  /// True if any line so far is too long, the last one included that has no line end yet.
  bool found() const { return found_ || open_ > max_line_ + (ends_in_cr_ ? 1 : 0); }

 private:
  /// True if the LF at `lf` of `bytes` ends a line of `max_line_` octets or less.
  bool ends_fitting_line(std::string_view bytes, std::size_t lf) const;

  std::size_t max_line_;
  std::size_t open_ = 0;  ///< octets since the last LF
  bool ends_in_cr_ = false;
  bool found_ = false;
};

bool has_long_line(std::string_view text, std::size_t max_line = kMaxLine);
bool has_eight_bit(std::string_view text);

struct RecodeRules {
  bool long_lines = true;  ///< parts with lines longer than `max_line`
  bool eight_bit = false;  ///< parts with octets above 127
  std::size_t max_line = kMaxLine;
  std::vector<std::size_t> parts = {};  ///< where the contents of parts begin that are encoded in any case
};

struct Recoded {
  std::vector<Edit> header;       ///< on the message's own fields
  std::vector<Replacement> body;  ///< the parts' fields and contents
  std::size_t parts = 0;          ///< how many were encoded again
};

/// Text becomes quoted-printable, anything else base64 (RFC 2045 §6.7, §6.8); a multipart that named 8bit and
/// holds none any more is named 7bit. Left as they are: signed or encrypted content, enclosed messages (RFC
/// 2045 §6.4 forbids to encode them), parts whose type or encoding is given twice or cannot be read, text of
/// an unknown charset in a message without MIME, preamble and epilogue. Nothing is done to a structure that
/// cannot be trusted. Linear in the body.
Recoded recode(const std::vector<Field>& fields, std::string_view body, const RecodeRules& rules);

/// Folds the lines of a field longer than kMaxLine before blanks, so that unfolding gives the same again (RFC 5322
/// §2.2.3). Words that are too long stay.
std::string refold(std::string_view name, std::string_view value);

}  // namespace signpost::mail
