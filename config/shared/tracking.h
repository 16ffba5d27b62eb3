// What [tracking] and [tenant.tracking] configure, as data, and the rows that fill it. Shared by config/load
// (mail) and web/config (requests).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "config/reader/checks.h"
#include "config/reader/table.h"
#include "track/settings.h"

namespace signpost::config::shared {

struct TrackingDraft {
  track::Settings settings;
  std::vector<track::TenantSettings> tenants;  ///< one a [[tenant]], in their order
  std::vector<const reader::Value*>
      tenant_tables;     ///< where each stands in the merged tree, which outlives this
  std::string key_file;  ///< empty: none
};

/// For the `begin` of [[tenant]], whichever program has it: one more tenant.
void begin_tenant(reader::Parts& parts, const reader::Value& table);

/// Reports streams that do not exist, and settings that have no effect without a host or a ring.
void check_tracking(const TrackingDraft& draft, const std::set<std::string>& streams, reader::Checks& checks);

/// [tracking], [[tracking.tag]] and [tenant.tracking]; the table must have [[tenant]] before them, whose `begin`
/// calls begin_tenant.
std::vector<reader::Section> tracking_sections();

}  // namespace signpost::config::shared
