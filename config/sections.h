// All sections of the configuration: the one table from which reading, errors, docs/settings.md and
// `config dump` come.
#pragma once

#include <string>
#include <vector>

#include "config/reader/table.h"

namespace signpost::config {

/// All sections, each behind the one it lies in.
const std::vector<reader::Section>& settings_table();

/// Tables that interface and file format reserve for parts which this version does not have.
const std::vector<std::string>& later_sections();

// The table's parts, by folder of what they configure; config/shared has those that signpost-web reads too.
std::vector<reader::Section> process_sections();  ///< rows_process.cc: milter, control, store, log
std::vector<reader::Section> policy_sections();   ///< rows_policy.cc: clients, tenant, suppression, limit
std::vector<reader::Section> message_sections();  ///< rows_message.cc: dkim, unsubscribe

}  // namespace signpost::config
