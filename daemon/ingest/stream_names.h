// The names of a tenant's streams by the one byte that tokens hold of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "policy/settings.h"

namespace signpost::daemon::ingest {

/// By track::stream_code; empty where two have the same.
std::map<std::uint8_t, std::string> streams_of(const policy::Tenant& tenant);

}  // namespace signpost::daemon::ingest
