// A moment as the Date field shows it (RFC 5322 §3.3).
#pragma once

#include <string>

#include "base/clock.h"

namespace signpost::mail {

/// "Tue, 24 Nov 2026 09:50:00 +0000": always in UTC, to the second.
std::string format_date(base::Wall time);

}  // namespace signpost::mail
