// From configuration files to what runs: reads them through the Files port, combines, reads each setting by
// the settings table, checks, reads keys, builds the Snapshot. Used at start, by -t and by reload alike, so
// that they cannot differ.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "base/keyring.h"
#include "milter/snapshot.h"
#include "programs/config_files.h"
#include "programs/config_value.h"
#include "programs/diagnostics.h"
#include "programs/files.h"
#include "programs/publish_settings.h"
#include "programs/socket_address.h"
#include "programs/web_listen.h"
#include "programs/web_settings.h"

namespace signpost::programs {

inline constexpr std::string_view kDefaultConfigPath = "/etc/signpost/signpost.toml";

enum class LogFormat { text, json };
enum class LogAddresses { clear, hashed };

/// What the process is built around: most of it changes only by a restart.
struct ProcessSettings {
  SocketAddress milter_socket;
  mode_t milter_socket_mode = 0;
  std::string milter_socket_group;  ///< empty: the process's own
  std::string control_socket;       ///< an absolute path
  std::string admin_group;
  std::string read_group;
  std::string store_path;
  std::optional<std::chrono::seconds> events_kept;  ///< [retention] events; always set once read
  ListenAddress smtp;                               ///< [unsubscribe] smtp: takes our own mail
  std::string log_file;                             ///< empty: syslog, facility mail
  LogFormat log_format = LogFormat::text;
  LogAddresses log_addresses = LogAddresses::clear;
  /// For hashed listings and hashed log addresses; absent without suppression.key_file.
  std::shared_ptr<const base::Keyring> suppression_keys;
  WebSettings web;
  PublishSettings publish;
  /// Every setting that takes effect at a restart only, with its value as text.
  std::map<std::string, std::string> restart_values;
};

/// The settings, by path ("milter.socket"), in which `next` differs from `running` and that want a restart.
std::vector<std::string> settings_awaiting_restart(const ProcessSettings& running,
                                                   const ProcessSettings& next);

/// One setting as it is in force, for `config dump`.
struct EffectiveSetting {
  std::size_t entry =
      0;                ///< number of the table that it stands in: the same for all settings of one [[limit]]
  std::string section;  ///< "[milter]", "[[limit]]"
  std::string name;
  std::string value;   ///< TOML
  std::string origin;  ///< "file:line:col", "-o milter.mode" or "default"
};

struct LoadedConfig {
  /// Absent if there was an error.
  std::shared_ptr<milter::Snapshot> snapshot;
  ProcessSettings process;
  std::vector<EffectiveSetting> effective;
  std::vector<Diagnostic> diagnostics;  ///< errors and warnings, sorted
  int exit_code = 0;                    ///< a sysexits code: 0, 66 (no such file), 77 (may not read it) or 78
  bool ok() const { return snapshot != nullptr; }
};

/// Reads `path`, then conf.d/*.toml beside it in name order, then the `-o` options ("key=value"). `files`
/// must outlive the Snapshot, whose keys are read when they are needed; those of `former` are taken over
/// where their files did not change.
LoadedConfig load_config(const std::string& path, const std::vector<std::string>& overrides,
                         const Files& files, const dkim::KeyTable* former = nullptr);

/// The same from texts at hand; `files` is asked for keys and groups only.
LoadedConfig parse_config(const std::vector<ConfigText>& texts, const std::vector<std::string>& overrides,
                          const Files& files, const dkim::KeyTable* former = nullptr);

/// The settings in force as a configuration file; with `origins`, each line says where its value is from.
std::string format_effective(const LoadedConfig& config, bool origins);

}  // namespace signpost::programs
