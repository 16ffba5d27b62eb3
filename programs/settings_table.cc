// Puts the rows together, and the parsers that rows of several sections share.
#include "programs/settings_table.h"

#include <iterator>
#include <utility>

#include "programs/setting_types.h"
#include "programs/toml_reader.h"

namespace signpost::programs {
namespace {

constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxPath = 4095;

std::optional<Value> parse_default(const std::string& text) {
  Diagnostics diagnostics;
  auto root = parse_toml("value = " + text, "default", diagnostics);
  if (!root) return std::nullopt;
  Value value = std::move(root->members["value"]);
  place_all(value, {"default", 0, 0});
  return value;
}

std::vector<Section> all_sections() {
  std::vector<Section> all = process_sections();
  for (auto part : {policy_sections(), message_sections(), web_sections()}) {
    std::move(part.begin(), part.end(), std::back_inserter(all));
  }
  for (Section& section : all) {
    for (Setting& setting : section.settings) {
      if (!setting.default_text.empty()) setting.default_value = parse_default(setting.default_text);
    }
  }
  return all;
}

}  // namespace

const std::vector<Section>& settings_table() {
  static const std::vector<Section> table = all_sections();
  return table;
}

const std::vector<std::string>& later_sections() {
  static const std::vector<std::string> names = {"feedback"};
  return names;
}

base::Result<std::string> parse_name(std::string_view text) {
  const bool is_name = !text.empty() && text.size() <= kMaxName && base::is_alnum(text.front()) &&
                       std::all_of(text.begin(), text.end(), [](char c) {
                         return base::is_alnum(c) || c == '-' || c == '_' || c == '.';
                       });
  if (is_name) return std::string(text);
  return base::invalid("'" + std::string(text.substr(0, kMaxName)) +
                       "' is no name: a letter or digit, then letters, digits, '-', '_' or '.', at most " +
                       std::to_string(kMaxName) + " in all");
}

base::Result<std::string> parse_absolute_path(std::string_view text) {
  if (text.empty() || text.front() != '/')
    return base::invalid("an absolute path is wanted, not '" + std::string(text) + "'");
  if (text.find('\0') != std::string_view::npos) return base::invalid("the path holds a NUL byte");
  if (text.size() > kMaxPath)
    return base::invalid("a path has at most " + std::to_string(kMaxPath) + " bytes");
  return std::string(text);
}

base::Result<std::string> parse_any_text(std::string_view text) {
  if (text.empty()) return base::invalid("must not be empty");
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return base::invalid("holds a control byte");
  }
  return std::string(text);
}

}  // namespace signpost::programs
