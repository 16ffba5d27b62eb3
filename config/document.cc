// The pages: Markdown for the table, TOML for what is in force.
#include "config/document.h"

#include "base/text.h"
#include "config/load.h"
#include "config/sections.h"

namespace signpost::config {
namespace {

constexpr const char* kIntroduction = R"(# Settings
Generated from the settings table (`config/rows_*.cc`, `config/shared/`). Do not edit: `tests/config` writes it anew with
`UPDATE_GOLDEN=1`.

The file is TOML, `/etc/signpost/signpost.toml`. After it, `conf.d/*.toml` beside it are read in the order of their
names: tables are merged, `[[lists of tables]]` are appended, other values are replaced (with a warning).
`-o section.name=value` overrides all files. `signpostd -t` reports every problem with its place. Sizes are powers of
1024 (`"64MB"`), time spans have the units `ms s m h d w` (`"5m"`), rates are a count and a unit of time (`"20k/h"`).
Settings marked *restart* take effect at the next start, all others at a reload.
)";

/// Text in a table cell.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

/// Prose in lines of at most 120 columns.
std::string filled(std::string_view text) {
  constexpr std::size_t kColumns = 120;
  std::string lines;
  std::size_t begin = 0;
  while (text.size() - begin > kColumns) {
    const std::size_t end = text.rfind(' ', begin + kColumns);
    if (end == text.npos || end <= begin) break;
    lines.append(text.substr(begin, end - begin)).append("\n");
    begin = end + 1;
  }
  return lines.append(text.substr(begin));
}

std::string default_cell(const reader::Setting& setting) {
  if (setting.required) return "*required*";
  return setting.default_text.empty() ? "" : "`" + cell(setting.default_text) + "`";
}

}  // namespace

std::string settings_document() {
  std::string page = kIntroduction;
  for (const reader::Section& section : settings_table()) {
    page += "\n## " + section.heading() + "\n" + filled(section.help) +
            "\n\n| setting | default | value | |\n|---|---|---|---|\n";
    for (const reader::Setting& setting : section.settings) {
      page += "| `" + setting.name + "` | " + default_cell(setting) + " | " + cell(setting.type) + " | " +
              cell(setting.help) + (setting.needs_restart ? " *restart*" : "") + " |\n";
    }
  }
  page += "\n## Not in this version\n" +
          filled("The tables `" + base::join(later_sections(), "`, `") +
                 "` and the action `hold` of suppression belong to later versions: "
                 "using them is an error, so that nothing is silently ignored.") +
          "\n";
  return page;
}

std::string format_effective(const LoadedConfig& config, bool origins) {
  std::string text;
  std::size_t entry = 0;
  for (const reader::EffectiveSetting& setting : config.effective) {
    if (setting.entry != entry) text += (text.empty() ? "" : "\n") + setting.section + "\n";
    entry = setting.entry;
    text += setting.name + " = " + setting.value;
    if (origins) text += "  # " + setting.origin;
    text += "\n";
  }
  return text;
}

}  // namespace signpost::config
