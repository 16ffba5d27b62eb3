// Refusals of the sender that look final and pass, so that such mail waits in the queue instead of bouncing: as a table for
// Postfix's smtp_delivery_status_filter, and for one result of a delivery (feedback/refusals). Both come from the rules that
// say `waits`.
#pragma once

#include <string>
#include <string_view>

#include "feedback/rules.h"

namespace signpost::feedback {

/// A table of type regexp: (regexp_table(5), POSIX extended expressions, case does not count). Postfix asks it for each
/// result with "5.7.1 text" and takes "4.7.1 text" for an answer; success stays success. Only what a server said counts. contrib/postfix has it as a file.
std::string format_delivery_filter();

/// The rule by which this result should wait, or nullptr. `result` is what Postfix asks with: "5.7.1 host
/// mx.example.net[192.0.2.1] said: 550 5.7.1 …". As in the table, only what a server said counts, and no code that names an
/// address (5.1.x, 5.2.x). Reads more than the table can: words that a line's end tore apart, and the rules before those
/// that wait.
const Rule* find_waiting_rule(std::string_view result);

/// What a server said in that result; empty if no server said anything.
std::string_view find_said(std::string_view result);

}  // namespace signpost::feedback
