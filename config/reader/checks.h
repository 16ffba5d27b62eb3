// What checks of several settings share: the place of a given value, and the problems that every list of names can
// have. Each part of the configuration knows what to check.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "config/reader/diagnostics.h"
#include "config/reader/value.h"

namespace signpost::config::reader {

/// The places where the entries of a list stand, by their names.
using SeenNames = std::map<std::string, Position>;

/// For one configuration: its tree, and the list of problems. Both must outlive it.
class Checks {
 public:
  Checks(const Value& root, Diagnostics& diagnostics) : root_(root), diagnostics_(diagnostics) {}

  const Value& root() const { return root_; }
  /// The value of `section.name` as it was given, or null where a default is in force.
  const Value* given(std::string_view section, std::string_view name) const;

  void error(const Position& at, const std::string& text, std::string suggestion = {});
  void warning(const Position& at, const std::string& text);
  /// An error about one setting, if it was given.
  void error_at(std::string_view section, std::string_view name, const std::string& text);
  /// A warning about one setting, if it was given; the text names it.
  void warning_at(std::string_view section, std::string_view name, const std::string& text);

  /// Each name of the list must be one of `known`; "*" and "own" always are, and "!" may stand before one.
  void require_names(const Value& list, const std::string& path, const char* what,
                     const std::set<std::string>& known);
  /// One name must be among `known`.
  void require_name(const Position& at, const std::string& path, const char* what, const std::string& given,
                    const std::set<std::string>& known);
  /// Entries of a list keyed by name: the second one of a name is an error that names both places.
  void require_unique(const std::string& heading, const std::string& name, const Value& table,
                      SeenNames& seen);

 private:
  const Value& root_;
  Diagnostics& diagnostics_;
};

/// Where item number `index` of a list stands.
Position place_of_item(const Value& list, std::size_t index);

}  // namespace signpost::config::reader
