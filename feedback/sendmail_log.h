// What Sendmail logs of a delivery: one line for all recipients that had the same result. The part of feedback/mail_log
// that knows Sendmail.
#pragma once

#include <string_view>
#include <vector>

#include "feedback/mail_log.h"

namespace signpost::feedback {

/// Whether a line with this tag is Sendmail's.
bool is_sendmail(std::string_view tag);

/// As parse_mail_log, of the text behind the tag.
std::vector<Delivery> read_sendmail(std::string_view raw);
/// Whether the text behind "QID: " says that the message was given up because it was too old.
bool is_sendmail_expiry(std::string_view text);

}  // namespace signpost::feedback
