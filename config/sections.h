// All sections of the configuration: the one table from which reading, errors, docs/settings.md and `config dump`
// come. Its parts, each with what it fills and its checks: rows_process, rows_policy, rows_message, and in
// config/shared those that signpost-web reads too.
#pragma once

#include <string>
#include <vector>

#include "config/reader/table.h"

namespace signpost::config {

/// All sections, each after the one that contains it.
const std::vector<reader::Section>& settings_table();

/// Tables that are reserved for parts which this version does not have.
const std::vector<std::string>& later_sections();

}  // namespace signpost::config
