// Which parts of a message may have their links rewritten, and the word that says why others may not. Knows
// what signatures, encryption and attachments look like in MIME; nothing of links.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mail/html/charset.h"
#include "mail/mime.h"
#include "mail/transfer.h"

namespace signpost::mail::html {

/// A part to be looked into, decoded.
struct Candidate {
  mail::Range content;  ///< within the body
  bool html = true;     ///< else text/plain
  Charset charset = Charset::utf8;
  mail::Decoded decoded;
  bool joins_lines = false;  ///< format=flowed with DelSp=yes (RFC 3676 §4)
};

struct Candidates {
  std::vector<Candidate> parts;  ///< in document order
  /// The HTML ones among them, as indices: the one that a reader is most likely to show first. The last of several
  /// alternatives (RFC 2046 §5.1.4), the first of parts that follow each other.
  std::vector<std::size_t> shown;
  std::string reason;  ///< empty, or why a part that readers show was left out (the first such part)
};

/// Candidates refer to `body`. Inline PGP anywhere leaves no candidate: the signature may cover
/// more than its part.
Candidates choose_parts(const mail::Structure& structure, std::string_view body, bool plain_text);

/// Empty if the message's own type lets a part be rewritten, else the word why not.
std::string_view why_not_by_type(const mail::Part& root, bool plain_text);

}  // namespace signpost::mail::html
