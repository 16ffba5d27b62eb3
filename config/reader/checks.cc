#include "config/reader/checks.h"

#include <utility>

#include "base/text.h"

namespace signpost::config::reader {

const Value* Checks::given(std::string_view section, std::string_view name) const {
  const Value* table = root_.find(section);
  return table == nullptr ? nullptr : table->find(name);
}

void Checks::error(const Position& at, const std::string& text, std::string suggestion) {
  diagnostics_.error(at, text, std::move(suggestion));
}

void Checks::warning(const Position& at, const std::string& text) {
  diagnostics_.warning(at, text);
}

void Checks::error_at(std::string_view section, std::string_view name, const std::string& text) {
  if (const Value* value = given(section, name))
    error(value->at, std::string(section) + "." + std::string(name) + ": " + text);
}

void Checks::warning_at(std::string_view section, std::string_view name, const std::string& text) {
  if (const Value* value = given(section, name)) warning(value->at, text);
}

void Checks::require_names(const Value& list, const std::string& path, const char* what,
                           const std::set<std::string>& known) {
  for (const Value& item : list.items) {
    std::string_view name = item.text;
    if (item.kind != Value::Kind::text || name == "*" || name == "own") continue;
    if (!name.empty() && name.front() == '!') name.remove_prefix(1);
    if (!name.empty()) require_name(item.at, path, what, std::string(name), known);
  }
}

void Checks::require_name(const Position& at, const std::string& path, const char* what,
                          const std::string& given, const std::set<std::string>& known) {
  if (known.count(given) > 0) return;
  error(at, path + ": there is no " + what + " '" + given + "'",
        base::nearest(given, {known.begin(), known.end()}));
}

void Checks::require_unique(const std::string& heading, const std::string& name, const Value& table,
                            SeenNames& seen) {
  const auto [first, added] = seen.try_emplace(name, table.at);
  if (!added) error(table.at, heading + " " + name + " is already defined at " + first->second.format());
}

Position place_of_item(const Value& list, std::size_t index) {
  return index < list.items.size() ? list.items[index].at : list.at;
}

}  // namespace signpost::config::reader
