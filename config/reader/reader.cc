// The walk along the settings table. Reading is one call of a row; all else here is about what is
// missing or unknown.
#include "config/reader/reader.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "config/reader/table.h"

namespace signpost::config::reader {
namespace {

using Kind = Value::Kind;

/// The name of `section` within `parent` ("" for the root), or empty if it does not lie directly in it.
std::string_view child_name(const Section& section, std::string_view parent) {
  std::string_view rest = section.path;
  if (!parent.empty()) {
    if (rest.size() <= parent.size() || rest.substr(0, parent.size()) != parent || rest[parent.size()] != '.')
      return {};
    rest.remove_prefix(parent.size() + 1);
  }
  return rest.find('.') == std::string_view::npos ? rest : std::string_view();
}

/// An -o word as the kind of value that the setting needs; what cannot be one stays a word.
Value resolve_word(const Value& value, Kind wanted) {
  Value resolved = value;
  const auto number = base::parse_number(value.text);
  if (wanted == Kind::text) {
    resolved.kind = wanted;
  } else if (wanted == Kind::boolean && (value.text == "true" || value.text == "false")) {
    resolved.kind = wanted;
    resolved.boolean = value.text == "true";
  } else if (wanted == Kind::integer && number && *number <= INT64_MAX) {
    resolved.kind = wanted;
    resolved.integer = static_cast<std::int64_t>(*number);
  } else if (wanted == Kind::array) {
    resolved.kind = wanted;
    for (const std::string_view piece : base::split(value.text, ',')) {
      Value item = value;
      item.kind = Kind::text;
      item.text = base::trim(piece);
      resolved.items.push_back(std::move(item));
    }
  }
  return resolved;
}

class Reader {
 public:
  Reader(const std::vector<Section>& table, const std::vector<std::string>& later, Parts& parts,
         Diagnostics& diagnostics)
      : table_(table), later_(later), parts_(parts), diagnostics_(diagnostics) {}

  void read_root(const Value& root) {
    for (const auto& [key, member] : root.members) check_known(key, member, nullptr);
    read_children(&root, "");
  }
  ReadSettings take() { return std::move(read_); }

 private:
  void read_children(const Value* table, std::string_view parent) {
    for (const Section& section : table_) {
      const std::string_view name = child_name(section, parent);
      if (!name.empty()) read_section(section, table == nullptr ? nullptr : table->find(name));
    }
  }

  void read_section(const Section& section, const Value* value) {
    if (section.repeated) {
      if (value == nullptr) return;
      if (value->is_table_array()) {
        for (const Value& entry : value->items) read_entry(section, &entry);
      } else if (value->kind != Kind::array || !value->items.empty()) {
        diagnostics_.error(value->key_at, "write " + section.heading() + ": '" + section.path +
                                              "' must be a list of tables, not " + kind_name(*value));
      }
    } else if (value == nullptr || value->kind == Kind::table) {
      read_entry(section, value);
    } else {
      diagnostics_.error(value->key_at, "'" + section.path + "' must be a table, not " + kind_name(*value));
    }
  }

  void read_entry(const Section& section, const Value* table) {
    if (section.repeated) section.begin(parts_, *table);
    ++entry_;
    if (table != nullptr) {
      for (const auto& [key, member] : table->members) check_known(key, member, &section);
    }
    for (const Setting& setting : section.settings) {
      const Value* value = table == nullptr ? nullptr : table->find(setting.name);
      if (value != nullptr) {
        read_setting(section, setting, *value);
      } else if (setting.default_value) {
        read_setting(section, setting, *setting.default_value);
      } else if (setting.required && table != nullptr) {
        diagnostics_.error(table->at, section.heading() + " needs the setting '" + setting.name + "'");
      }
    }
    read_children(table, section.path);
  }

  void read_setting(const Section& section, const Setting& setting, const Value& given) {
    const std::string path = section.path + "." + setting.name;
    const Value value = given.kind == Kind::word ? resolve_word(given, setting.kind) : given;
    if (value.kind != setting.kind) {
      diagnostics_.error(value.at, path + " must be " + setting.type + ", not " + kind_name(value));
      return;
    }
    setting.read(SettingContext{path, value.at, diagnostics_}, value, parts_);
    const std::string text = format_toml(value);
    if (setting.needs_restart) read_.restart_values[path] = text;
    read_.effective.push_back({entry_, section.heading(), setting.name, text, value.at.format()});
  }

  /// Reports a key of `section` (of the root if null) that no row has.
  void check_known(const std::string& key, const Value& member, const Section* section) {
    std::vector<std::string> known;
    for (const Section& other : table_) {
      const std::string_view child =
          child_name(other, section == nullptr ? std::string_view() : section->path);
      if (!child.empty()) known.emplace_back(child);
    }
    if (section == nullptr) {
      if (std::find(later_.begin(), later_.end(), key) != later_.end()) {
        diagnostics_.error(member.key_at, "[" + key + "] is not available in this version");
        return;
      }
    } else {
      for (const Setting& setting : section->settings) known.push_back(setting.name);
    }
    if (std::find(known.begin(), known.end(), key) != known.end()) return;

    std::string meant = base::nearest(key, known);
    if (meant.empty()) meant = find_elsewhere(key);
    const std::string where = section == nullptr ? " at the top level" : " in " + section->heading();
    diagnostics_.error(
        member.key_at,
        "unknown " + std::string(member.kind == Kind::table ? "table" : "setting") + " '" + key + "'" + where,
        std::move(meant));
  }

  /// The path of a setting of that name outside lists of tables.
  std::string find_elsewhere(const std::string& key) const {
    for (const Section& section : table_) {
      if (section.path.find('.') != std::string::npos || section.repeated) continue;
      for (const Setting& setting : section.settings) {
        if (setting.name == key) return section.path + "." + key;
      }
    }
    return {};
  }

  const std::vector<Section>& table_;
  const std::vector<std::string>& later_;
  Parts& parts_;
  Diagnostics& diagnostics_;
  ReadSettings read_;
  std::size_t entry_ = 0;
};

}  // namespace

ReadSettings read_settings(const std::vector<Section>& table, const std::vector<std::string>& later,
                           const Value& root, Parts& parts, Diagnostics& diagnostics) {
  Reader reader(table, later, parts, diagnostics);
  reader.read_root(root);
  return reader.take();
}

std::vector<std::string> settings_awaiting_restart(const RestartValues& running, const RestartValues& next) {
  std::vector<std::string> changed;
  for (const auto& [path, value] : next) {
    const auto found = running.find(path);
    if (found == running.end() || found->second != value) changed.push_back(path);
  }
  for (const auto& [path, value] : running) {
    if (next.count(path) == 0) changed.push_back(path);
  }
  std::sort(changed.begin(), changed.end());
  return changed;
}

}  // namespace signpost::config::reader
