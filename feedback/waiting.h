// Refusals of the sender that look final and pass: as a table for Postfix's smtp_delivery_status_filter, so that such mail
// waits in the queue instead of bouncing. Made from the rules that say `waits`.
#pragma once

#include <string>

namespace signpost::feedback {

/// A table of type regexp: (regexp_table(5), POSIX extended expressions, case does not count). Postfix asks it for each
/// result with "5.7.1 text" and takes "4.7.1 text" for an answer; success stays success. Only what a server said counts. contrib/postfix has it as a file.
std::string format_delivery_filter();

}  // namespace signpost::feedback
