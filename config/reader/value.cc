// Merging files and -o options into one tree, and the tree as TOML again.
#include "config/reader/value.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "config/reader/toml_reader.h"

namespace signpost::config::reader {
namespace {

using Kind = Value::Kind;

std::string format_text(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

/// What an -o value is: TOML if it begins like a string, list or table.
std::optional<Value> parse_override_value(std::string_view text, const std::string& place,
                                          Diagnostics& diagnostics) {
  Value value;
  if (text.empty() || std::string_view("\"'[{").find(text.front()) == std::string_view::npos) {
    value.kind = Kind::word;
    value.text = text;
    return value;
  }
  auto root = parse_toml("value = " + std::string(text), place, diagnostics);
  if (!root) return std::nullopt;
  return std::move(root->members["value"]);
}

}  // namespace

const Value* Value::find(std::string_view key) const {
  const auto found = members.find(key);
  return found == members.end() ? nullptr : &found->second;
}

bool Value::is_table_array() const {
  return kind == Kind::array && !items.empty() &&
         std::all_of(items.begin(), items.end(), [](const Value& item) { return item.kind == Kind::table; });
}

void place_all(Value& value, const Position& at) {
  value.at = value.key_at = at;
  for (Value& item : value.items) place_all(item, at);
  for (auto& [key, member] : value.members) place_all(member, at);
}

const char* kind_name(const Value& value) {
  switch (value.kind) {
    case Kind::text:
      return "a string";
    case Kind::integer:
      return "a whole number";
    case Kind::boolean:
      return "true or false";
    case Kind::other:
      return value.text.c_str();
    case Kind::array:
      return value.is_table_array() ? "a list of tables" : "a list";
    case Kind::table:
      return "a table";
    case Kind::word:
      return "a word";
  }
  return "";
}

std::string format_toml(const Value& value) {
  std::string text;
  switch (value.kind) {
    case Kind::text:
    case Kind::word:
      return format_text(value.text);
    case Kind::integer:
      return std::to_string(value.integer);
    case Kind::boolean:
      return value.boolean ? "true" : "false";
    case Kind::other:
      return value.text;
    case Kind::array:
      for (const Value& item : value.items) text += (text.empty() ? "" : ", ") + format_toml(item);
      return "[" + text + "]";
    case Kind::table:
      for (const auto& [key, member] : value.members) {
        text += (text.empty() ? "" : ", ") + format_text(key) + " = " + format_toml(member);
      }
      return "{" + text + "}";
  }
  return text;
}

void merge_values(Value& into, Value&& from, Diagnostics& diagnostics) {
  for (auto& [key, member] : from.members) {
    const auto [place, added] = into.members.try_emplace(key, std::move(member));
    if (added) continue;
    Value& earlier = place->second;
    const bool both_tables = earlier.kind == Kind::table && member.kind == Kind::table;
    const bool both_arrays = earlier.is_table_array() && member.is_table_array();
    if (both_tables) {
      merge_values(earlier, std::move(member), diagnostics);
    } else if (both_arrays) {
      std::move(member.items.begin(), member.items.end(), std::back_inserter(earlier.items));
    } else if (earlier.kind == Kind::table || member.kind == Kind::table || earlier.is_table_array() ||
               member.is_table_array()) {
      diagnostics.error(member.key_at, "'" + key + "' is " + kind_name(member) + " here and " +
                                           kind_name(earlier) + " at " + earlier.key_at.format());
    } else {
      diagnostics.warning(member.key_at,
                          "'" + key + "' overrides the value set at " + earlier.key_at.format());
      earlier = std::move(member);
    }
  }
}

void apply_override(Value& root, std::string_view option, Diagnostics& diagnostics) {
  const std::size_t equals = option.find('=');
  const std::string_view path = option.substr(0, equals);
  if (equals == std::string_view::npos || path.empty()) {
    diagnostics.error({"-o " + std::string(option), 0, 0},
                      "write -o KEY=VALUE, as in -o milter.mode=observe");
    return;
  }
  const Position at{"-o " + std::string(path), 0, 0};
  auto value = parse_override_value(option.substr(equals + 1), at.file, diagnostics);
  if (!value) return;
  place_all(*value, at);

  Value* table = &root;
  std::size_t begin = 0;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', begin)) {
    const auto [place, added] = table->members.try_emplace(std::string(path.substr(begin, dot - begin)));
    if (added) place_all(place->second, at);
    table = &place->second;
    if (table->kind != Kind::table) {
      diagnostics.error(
          at, "-o sets a single setting; '" + std::string(path.substr(0, dot)) + "' is " + kind_name(*table));
      return;
    }
    begin = dot + 1;
  }
  table->members.insert_or_assign(std::string(path.substr(begin)), std::move(*value));
}

}  // namespace signpost::config::reader
