// A judged report as lines for people and scripts: what `signpostctl bounce classify` prints.
#pragma once

#include <string>
#include <string_view>

#include "feedback/report.h"

namespace signpost::feedback {

enum class ListingForm { columns, json };

/// One line a recipient: file, address, class, reason, status code, diagnostic; in columns with a tab between them and "-" for
/// what is not known, or as one JSON object, which has the rule too. A report that names nobody, and a message that is none, is one line.
/// Control bytes and bytes that are not UTF-8 are replaced, so that a line stays a line.
std::string format_listing(std::string_view file, const Report& report, ListingForm form);

}  // namespace signpost::feedback
