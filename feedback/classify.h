// What a report means for each recipient: the rules asked in their order, over the words in theirs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "feedback/report.h"
#include "feedback/rules.h"

namespace signpost::feedback {

/// Of one row: the remote server's words first, then the readable part's, then the codes. A delayed message is never dead;
/// a temporary code is, after the queue gave up, if the words say so.
Classification classify(const Report& report, const Row& row);

/// Of the report as a whole, where it has no rows: an auto-reply, or nothing.
Classification classify_kind(const Report& report);

/// Whose reply a row carries, by the remote host, the words, and the recipient's domain.
Provider find_provider(const Report& report, const Row& row);

/// What to show of a row, in one line without control bytes: the diagnostic, or the first of its words; at most 500 bytes.
std::string describe(const Row& row);

}  // namespace signpost::feedback
