// Times as other services' exports spell them.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace signpost::importers {

/// RFC 3339 with a blank or a T, any offset or none (then UTC), and any number of digits of a second; the same with a
/// zone's name behind the offset; a date alone; RFC 5322 dates; seconds since 1970 with or without a fraction, or with
/// 13 digits milliseconds. Error `invalid`, also for a time before 1970: some programs write the year 1 for "never".
base::Result<base::Wall> parse_foreign_time(std::string_view text);

}  // namespace signpost::importers
