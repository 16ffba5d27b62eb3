// The whole in-memory configuration loader on hostile text: the first line is an -o option, the rest a file.
// parse_toml alone too: it must say what it does not accept.
// Whatever is accepted must, written out as `config dump` does, be accepted again and mean the same.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "config/reader/toml_reader.h"
#include "tests/config/memory_files.h"

namespace {

using signpost::config::LoadedConfig;

/// Keys that parse, so that accepted texts get past them.
signpost::tests::MemoryFiles key_files() {
  signpost::tests::MemoryFiles files;
  files.add_directory("/k", 0700);
  files.add_file("/k/r", "1 active AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n");
  files.add_file("/k/e",
                 "-----BEGIN PRIVATE KEY-----\n"
                 "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
                 "-----END PRIVATE KEY-----\n");
  return files;
}

std::vector<std::string> values(const LoadedConfig& config) {
  std::vector<std::string> values;
  for (const auto& setting : config.effective)
    values.push_back(setting.section + setting.name + "=" + setting.value);
  return values;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const signpost::tests::MemoryFiles files = key_files();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line_end = input.find('\n');
  std::vector<std::string> options;
  if (line_end != 0 && line_end != std::string_view::npos) options.emplace_back(input.substr(0, line_end));
  const std::string text(line_end == std::string_view::npos ? input : input.substr(line_end + 1));

  signpost::config::reader::Diagnostics diagnostics;
  if (!signpost::config::reader::parse_toml(text, "fuzz.toml", diagnostics) && !diagnostics.has_errors())
    __builtin_trap();

  const LoadedConfig first = signpost::config::parse_config({{"fuzz.toml", text}}, options, files);
  for (const auto& diagnostic : first.diagnostics) {
    if (signpost::config::reader::format_diagnostic(diagnostic).find('\n') != std::string::npos)
      __builtin_trap();
  }
  if (!first.ok()) {
    if (first.exit_code == 0 || first.diagnostics.empty()) __builtin_trap();
    return 0;
  }
  const std::string dump = signpost::config::format_effective(first, true);
  const LoadedConfig second = signpost::config::parse_config({{"dump.toml", dump}}, {}, files);
  if (!second.ok() || values(first) != values(second)) __builtin_trap();
  if (!signpost::config::reader::settings_awaiting_restart(first.process.restart_values,
                                                           second.process.restart_values)
           .empty())
    __builtin_trap();
  return 0;
}
