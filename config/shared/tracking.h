// What [tracking] and [tenant.tracking] configure, as data, and the rows that fill it. Shared by config/load
// (mail) and web/config (requests).
#pragma once

#include <string>
#include <vector>

#include "config/reader/table.h"
#include "track/settings.h"

namespace signpost::config::shared {

struct TrackingDraft {
  track::Settings settings;
  std::vector<track::TenantSettings> tenants;  ///< one a [[tenant]], in their order
  std::string key_file;                        ///< empty: none
};

/// [tracking], [[tracking.tag]] and [tenant.tracking]; the table must have [[tenant]] before them, whose
/// `begin` appends to `tenants`.
std::vector<reader::Section> tracking_sections();

}  // namespace signpost::config::shared
