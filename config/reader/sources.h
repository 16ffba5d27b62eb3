// Which files a configuration consists of, and how they become one tree. Shared by the programs, each of
// which reads its own part of it (load_config, web_config).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/reader/diagnostics.h"
#include "config/reader/value.h"
#include "system/files.h"

namespace signpost::config::reader {

inline constexpr std::string_view kDefaultConfigPath = "/etc/signpost/signpost.toml";

struct ConfigText {
  std::string file;  ///< the name that diagnostics show
  std::string text;
};

struct ConfigFiles {
  std::vector<ConfigText> texts;
  int exit_code =
      0;  ///< not 0 if `path` itself cannot be read: 66 (no such file), 77 (may not read it) or 78
};
/// `path`, then conf.d/*.toml beside it in name order.
ConfigFiles read_config_files(const std::string& path, const system::Files& files, Diagnostics& diagnostics);

struct MergedConfig {
  Value root;
  bool complete = true;  ///< false if a text could not be parsed: what it might have defined is missing
};
/// The texts in their order, then the `-o` options ("key=value").
MergedConfig merge_config(const std::vector<ConfigText>& texts, const std::vector<std::string>& overrides,
                          Diagnostics& diagnostics);

}  // namespace signpost::config::reader
