// The moment at which an application asks for its message to be sent: the value of the field Signpost-Send-At.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace signpost::mail {

inline constexpr std::string_view kSendAtField = "Signpost-Send-At";

/// "2026-12-01T09:00:00+01:00" (RFC 3339; seconds and their fraction may be missing, the zone may not). Blanks around it do not
/// count. Error `invalid`: says what was expected.
base::Result<base::Wall> parse_send_at(std::string_view value);

}  // namespace signpost::mail
