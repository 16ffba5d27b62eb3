// A report taken apart: its readable words, its machine-readable parts, and the header of the message that came back.
// Decoding and cutting only; what the pieces say is read elsewhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mail/message.h"

namespace signpost::feedback {

/// All texts have line ends LF and are decoded from quoted-printable and base64; charsets stay as they are.
struct Pieces {
  std::vector<mail::Field> fields;  ///< of the report itself
  std::string words;            ///< text before the returned message, HTML without its tags; at most 16 KiB
  std::string delivery_status;  ///< all message/delivery-status parts; empty if there is none
  std::string feedback_report;  ///< the message/feedback-report part; empty if there is none
  std::vector<mail::Field> returned;
  bool is_feedback_type = false;  ///< the Content-Type says report-type=feedback-report (RFC 5965 §2)
};

/// `raw` with any line ends. Never fails; linear. Where the MIME structure is lost, the pieces are found by their first lines.
Pieces take_apart(std::string_view raw);

/// Text with its tags, comments, styles and entities for blanks removed: enough to find words in it. Linear.
std::string strip_tags(std::string_view html);

}  // namespace signpost::feedback
