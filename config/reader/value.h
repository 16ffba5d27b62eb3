// A configuration as a tree of values, each with its place in a file. Knows how files and -o options combine;
// not what any key means (settings_table) and not TOML's syntax (toml_reader).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/reader/diagnostics.h"

namespace signpost::config::reader {

struct Value {
  enum class Kind {
    text,
    integer,
    boolean,
    other,  ///< a float or a date: no setting takes one; `text` names it
    array,
    table,
    word,  ///< an -o value without quotes: becomes the kind that the setting needs
  };
  Kind kind = Kind::table;
  std::string text;  ///< of text, word and other
  std::int64_t integer = 0;
  bool boolean = false;
  std::vector<Value> items;                           ///< of an array
  std::map<std::string, Value, std::less<>> members;  ///< of a table
  Position at;                                        ///< of the value
  Position key_at;                                    ///< of its key; `at` for an item of an array

  const Value* find(std::string_view key) const;
  /// An array that has only tables in it, and at least one: what [[name]] makes.
  bool is_table_array() const;
};

/// Gives the whole subtree one place.
void place_all(Value& value, const Position& at);

/// "a string", "a whole number", "a list", …
const char* kind_name(const Value& value);

/// The value in TOML's spelling, on one line.
std::string format_toml(const Value& value);

/// Merges a later file into an earlier one: tables by key, [[arrays of tables]] append, other values are
/// replaced with a warning that names both places. A table against a value is an error.
void merge_values(Value& into, Value&& from, Diagnostics& diagnostics);

/// Sets what `-o key=value` says; it replaces silently. A value that begins like a TOML string, list or table
/// is read as one, any other becomes a `word`. Errors are placed at "-o KEY".
void apply_override(Value& root, std::string_view option, Diagnostics& diagnostics);

}  // namespace signpost::config::reader
