#include "config/reader/table.h"

#include <utility>

#include "config/reader/toml_reader.h"

namespace signpost::config::reader {
namespace {

std::optional<Value> parse_default(const std::string& text) {
  Diagnostics diagnostics;
  auto root = parse_toml("value = " + text, "default", diagnostics);
  if (!root) return std::nullopt;
  Value value = std::move(root->members["value"]);
  place_all(value, {"default", 0, 0});
  return value;
}

}  // namespace

std::vector<Section> with_defaults(std::vector<Section> table) {
  for (Section& section : table) {
    for (Setting& setting : section.settings) {
      if (!setting.default_text.empty()) setting.default_value = parse_default(setting.default_text);
    }
  }
  return table;
}

}  // namespace signpost::config::reader
