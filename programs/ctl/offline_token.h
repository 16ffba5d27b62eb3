// What is sealed in a tracking link, as body lines.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "policy/settings.h"
#include "track/token.h"

namespace signpost::programs {

/// Opens the token of a URL and returns its contents as key=value lines. `tenants` gives names to
/// ids; it may be empty.
base::Result<std::string> describe_token(std::string_view url, const track::Sealer& sealer,
                                         const std::vector<policy::Tenant>& tenants);

}  // namespace signpost::programs
