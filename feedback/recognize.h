// What kind of message came in, from its own header and first words: a bounce that nobody made machine-readable, an answer by a
// program, a complaint in a form older than RFC 5965.
#pragma once

#include <string_view>
#include <vector>

#include "mail/message.h"

namespace signpost::feedback {

/// Written by a mail system about a failed or late delivery.
bool is_bounce(const std::vector<mail::Field>& fields, std::string_view words);
/// RFC 3834 §5 (Auto-Submitted), or the fields and subjects that were used before and beside it.
bool is_auto_reply(const std::vector<mail::Field>& fields, std::string_view words);
/// Microsoft's JMRP before it wrote ARF, and mail programs that write an unsubscribe request for their user.
bool is_old_complaint(const std::vector<mail::Field>& fields, std::string_view words,
                      const std::vector<mail::Field>& returned);

}  // namespace signpost::feedback
