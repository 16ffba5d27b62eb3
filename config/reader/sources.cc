#include "config/reader/sources.h"

#include <utility>

#include "config/reader/toml_reader.h"
#include "system/exit_codes.h"

namespace signpost::config::reader {
namespace {

/// The text of a Files error about `path`, where the diagnostic's place already names it.
std::string without_path(const base::Error& error, const std::string& path) {
  const std::string prefix = path + ": ";
  return error.text.rfind(prefix, 0) == 0 ? error.text.substr(prefix.size()) : error.text;
}

/// The files below conf.d that count, in name order.
std::vector<std::string> extra_files(const system::Files& files, const std::string& main_file,
                                     Diagnostics& diagnostics) {
  const std::size_t slash = main_file.rfind('/');
  const std::string directory = (slash == std::string::npos ? "" : main_file.substr(0, slash + 1)) + "conf.d";
  const auto names = files.list(directory);
  if (!names) {
    diagnostics.error({directory, 0, 0}, without_path(names.error(), directory));
    return {};
  }
  std::vector<std::string> paths;
  for (const std::string& name : *names) {
    const bool is_toml = name.size() > 5 && name.substr(name.size() - 5) == ".toml";
    if (is_toml && name.front() != '.') paths.emplace_back(directory).append("/").append(name);
  }
  return paths;
}

int exit_code_for(const base::Error& error) {
  switch (error.kind) {
    case base::ErrorKind::not_found:
      return system::kExitNoInput;
    case base::ErrorKind::unavailable:
      return system::kExitNoPermission;
    default:
      return system::kExitConfig;
  }
}

}  // namespace

ConfigFiles read_config_files(const std::string& path, const system::Files& files, Diagnostics& diagnostics) {
  ConfigFiles all;
  auto main_text = files.read(path, kMaxConfigBytes);
  if (!main_text) {
    diagnostics.error({path, 0, 0}, without_path(main_text.error(), path));
    all.exit_code = exit_code_for(main_text.error());
    return all;
  }
  all.texts = {{path, std::move(*main_text)}};
  for (const std::string& extra : extra_files(files, path, diagnostics)) {
    auto text = files.read(extra, kMaxConfigBytes);
    if (text) {
      all.texts.push_back({extra, std::move(*text)});
    } else {
      diagnostics.error({extra, 0, 0}, without_path(text.error(), extra));
    }
  }
  return all;
}

MergedConfig merge_config(const std::vector<ConfigText>& texts, const std::vector<std::string>& overrides,
                          Diagnostics& diagnostics) {
  MergedConfig merged;
  if (!texts.empty()) merged.root.at = merged.root.key_at = {texts.front().file, 1, 1};
  for (const ConfigText& text : texts) {
    auto parsed = parse_toml(text.text, text.file, diagnostics);
    merged.complete = merged.complete && parsed.has_value();
    if (parsed) merge_values(merged.root, std::move(*parsed), diagnostics);
  }
  for (const std::string& option : overrides) apply_override(merged.root, option, diagnostics);
  return merged;
}

}  // namespace signpost::config::reader
