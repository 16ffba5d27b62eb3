// Every setting there is, one row each. Reading, errors, defaults, docs/settings.md and `config dump` all
// come from these rows; a setting exists if and only if its row does.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "programs/config_draft.h"
#include "programs/config_value.h"
#include "programs/diagnostics.h"

namespace signpost::programs {

/// Where a row's reader reports: the setting's path and the place of its value.
struct SettingContext {
  const std::string& path;  ///< "milter.max_body"
  const Position& at;
  Diagnostics& diagnostics;
  void error(const std::string& text, std::string suggestion = {}) const {
    diagnostics.error(at, path + ": " + text, std::move(suggestion));
  }
  /// The error of whoever parsed `value`, which it need not quote.
  void reject(const std::string& value, const base::Error& why) const {
    const bool quoted = why.text.find(value) != std::string::npos;
    error(quoted ? why.text : "'" + value + "': " + why.text);
  }
};

struct Setting {
  std::string name;
  Value::Kind kind = Value::Kind::text;  ///< text, integer, boolean or array: checked before `read` is called
  std::string type;                      ///< "a size such as \"64MB\"": completes "wants …"
  std::string default_text;              ///< TOML, read like any other value; empty: none
  std::string help;                      ///< one sentence
  bool needs_restart = false;
  bool required = false;
  /// Puts a value of the right kind into the draft (the last entry of a list), or reports why it cannot.
  std::function<void(const SettingContext&, const Value&, Draft&)> read;
  std::optional<Value> default_value = {};  ///< default_text as a value; the table fills it in
};

struct Section {
  std::string path;       ///< "milter", "tenant.stream_rule"
  bool repeated = false;  ///< [[…]]
  std::string help;
  std::vector<Setting> settings;
  /// Repeated sections: appends an entry to the draft.
  std::function<void(Draft&, const Value&)> begin = {};
  /// "[milter]" or "[[limit]]".
  std::string heading() const { return repeated ? "[[" + path + "]]" : "[" + path + "]"; }
};

/// All sections, each behind the one it lies in.
const std::vector<Section>& settings_table();

/// Tables that interface and file format reserve for parts which this version does not have.
const std::vector<std::string>& later_sections();

// The table's parts, by folder of what they configure.
std::vector<Section> process_sections();  ///< settings_process.cc: milter, control, store, log
std::vector<Section> policy_sections();   ///< settings_policy.cc: clients, tenant, suppression, limit
std::vector<Section> message_sections();  ///< settings_message.cc: dkim, tracking
std::vector<Section> web_sections();      ///< web_settings.cc: web

}  // namespace signpost::programs
