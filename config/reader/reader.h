// Walks a settings table along a merged Value tree: each setting is read, or its default is; what is not a
// setting is reported. Knows no setting by name.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "config/reader/diagnostics.h"
#include "config/reader/table.h"
#include "config/reader/value.h"

namespace signpost::config::reader {

/// One setting as it is in force, for `config dump`.
struct EffectiveSetting {
  std::size_t entry = 0;  ///< number of the table it stands in: the same for all settings of one [[limit]]
  std::string section;    ///< "[milter]", "[[limit]]"
  std::string name;
  std::string value;   ///< TOML
  std::string origin;  ///< "file:line:col", "-o milter.mode" or "default"
};

/// Settings that take effect at a restart only: path ("milter.socket") and value as text.
using RestartValues = std::map<std::string, std::string>;

struct ReadSettings {
  std::vector<EffectiveSetting> effective;
  RestartValues restart_values;
};

/// Fills `parts` and returns every setting in force. `later` names tables that are reserved for later
/// versions. `root` must outlive `parts`.
ReadSettings read_settings(const std::vector<Section>& table, const std::vector<std::string>& later,
                           const Value& root, Parts& parts, Diagnostics& diagnostics);

/// The paths of the settings in which `next` differs from `running`, sorted.
std::vector<std::string> settings_awaiting_restart(const RestartValues& running, const RestartValues& next);

}  // namespace signpost::config::reader
