// From configuration files to what runs: reads them through the Files port, combines, reads each setting by
// the settings table, checks, reads keys, builds the Snapshot. Used at start, by -t and by reload alike, so
// that they cannot differ.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/process_settings.h"
#include "config/reader/diagnostics.h"
#include "config/reader/reader.h"
#include "config/reader/sources.h"
#include "config/reader/value.h"
#include "milter/snapshot.h"
#include "system/files.h"

namespace signpost::config {

struct LoadedConfig {
  /// Absent if there was an error.
  std::shared_ptr<milter::Snapshot> snapshot;
  ProcessSettings process;
  std::vector<reader::EffectiveSetting> effective;
  std::vector<reader::Diagnostic> diagnostics;  ///< errors and warnings, sorted
  int exit_code = 0;  ///< a sysexits code: 0, 66 (no such file), 77 (may not read it) or 78
  bool ok() const { return snapshot != nullptr; }
};

/// Reads `path`, then conf.d/*.toml beside it in name order, then the `-o` options ("key=value"). `files`
/// must outlive the Snapshot, whose keys are read when they are needed; those of `former` are taken over
/// where their files did not change.
LoadedConfig load_config(const std::string& path, const std::vector<std::string>& overrides,
                         const system::Files& files, const dkim::KeyTable* former = nullptr);

/// The same from given texts; `files` is asked for keys and groups only.
LoadedConfig parse_config(const std::vector<reader::ConfigText>& texts,
                          const std::vector<std::string>& overrides, const system::Files& files,
                          const dkim::KeyTable* former = nullptr);

/// The settings in force as a configuration file; with `origins`, each line says where its value is from.
std::string format_effective(const LoadedConfig& config, bool origins);

}  // namespace signpost::config
