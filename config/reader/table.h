// What a row of the settings table is. Reading, errors, defaults, docs/settings.md and `config dump` all come
// from rows; a setting exists if and only if its row does. Each program decides which rows there are.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeindex>
#include <vector>

#include "base/result.h"
#include "config/reader/diagnostics.h"
#include "config/reader/value.h"

namespace signpost::config::reader {

/// What has been read so far. Each part of the configuration keeps a type of its own here, so that a program
/// reads the parts that it has and knows nothing of the others.
class Parts {
 public:
  /// The part of that type; made by its default constructor at the first call.
  template <class T>
  T& get() {
    std::shared_ptr<void>& part = parts_[typeid(T)];
    if (part == nullptr) part = std::make_shared<T>();
    return *static_cast<T*>(part.get());
  }

 private:
  std::map<std::type_index, std::shared_ptr<void>> parts_;
};

/// Where a row's reader reports: the setting's path and the place of its value.
struct SettingContext {
  const std::string& path;  ///< "milter.max_body"
  const Position& at;
  Diagnostics& diagnostics;
  void error(const std::string& text, std::string suggestion = {}) const {
    diagnostics.error(at, path + ": " + text, std::move(suggestion));
  }
  /// Reports a parser's error about `value`, which the error does not need to quote.
  void reject(const std::string& value, const base::Error& why) const {
    const bool quoted = why.text.find(value) != std::string::npos;
    error(quoted ? why.text : "'" + value + "': " + why.text);
  }
};

struct Setting {
  std::string name;
  Value::Kind kind = Value::Kind::text;  ///< text, integer, boolean or array: checked before `read` is called
  std::string type;                      ///< "a size such as \"64MB\"": completes "must be …"
  std::string default_text;              ///< TOML, read like any other value; empty: none
  std::string help;                      ///< one sentence
  bool needs_restart = false;
  bool required = false;
  /// Puts a value of the right kind into its part (the last entry of a list), or reports why it cannot.
  std::function<void(const SettingContext&, const Value&, Parts&)> read;
  std::optional<Value> default_value = {};  ///< default_text as a value; the table fills it in
};

struct Section {
  std::string path;       ///< "milter", "tenant.stream_rule"
  bool repeated = false;  ///< [[…]]
  std::string help;
  std::vector<Setting> settings;
  /// Repeated sections: appends an entry to its part.
  std::function<void(Parts&, const Value&)> begin = {};
  /// "[milter]" or "[[limit]]".
  std::string heading() const { return repeated ? "[[" + path + "]]" : "[" + path + "]"; }
};

/// The table with the default of each setting parsed.
std::vector<Section> with_defaults(std::vector<Section> table);

}  // namespace signpost::config::reader
