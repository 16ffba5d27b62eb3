// Makes rows for the settings table: one function a type. Each takes `get`, which returns the place in the
// Parts; the parsing function comes from the floor that knows the type.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/text.h"
#include "config/reader/table.h"

namespace signpost::config::reader {

/// What every row says.
struct Row {
  std::string name;
  std::string default_text;
  std::string help;
};

/// A string that `parse` reads: base::Result<T>(std::string_view).
template <class Parse, class Get>
Setting parsed_setting(const Row& row, std::string type, Parse parse, Get get) {
  Setting setting{row.name, Value::Kind::text, std::move(type), row.default_text, row.help, false, false, {},
                  {}};
  setting.read = [parse, get](const SettingContext& context, const Value& value, Parts& parts) {
    auto result = parse(std::string_view(value.text));
    if (!result) return context.reject(value.text, result.error());
    *get(parts) = std::move(*result);
  };
  return setting;
}

/// Words of a fixed set and what they mean.
template <class T>
struct Choices {
  std::vector<std::pair<std::string, T>> words;
  std::vector<std::string> later = {};  ///< words of later versions: refused with that explanation

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [word, meaning] : words) names.push_back(word);
    return names;
  }

  /// The meaning of a word, or nullptr after an error.
  const T* find(const SettingContext& context, const std::string& text) const {
    for (const auto& [word, meaning] : words) {
      if (text == word) return &meaning;
    }
    const std::vector<std::string> all = names();
    if (std::find(later.begin(), later.end(), text) != later.end()) {
      const std::vector<std::string> but_last(all.begin(), all.end() - 1);
      context.error("action " + text + " is not available yet; use " + base::join(but_last, ", ") + " or " +
                    all.back());
    } else {
      context.error("'" + text + "' is not one of " + base::join(all, ", "), base::nearest(text, all));
    }
    return nullptr;
  }
};

template <class T, class Get>
Setting choice_setting(const Row& row, Choices<T> choices, Get get) {
  Setting setting{row.name,
                  Value::Kind::text,
                  "one of " + base::join(choices.names(), ", "),
                  row.default_text,
                  row.help,
                  false,
                  false,
                  {},
                  {}};
  setting.read = [choices, get](const SettingContext& context, const Value& value, Parts& parts) {
    if (const T* meaning = choices.find(context, value.text)) *get(parts) = *meaning;
  };
  return setting;
}

/// A list of strings. `read_item(context, text)` gives a pointer or an optional, empty after an error; all
/// bad items are reported.
template <class ReadItem, class Get>
Setting items_setting(const Row& row, std::string type, ReadItem read_item, Get get) {
  Setting setting{row.name, Value::Kind::array, std::move(type), row.default_text, row.help, false, false, {},
                  {}};
  setting.read = [read_item, get](const SettingContext& context, const Value& value, Parts& parts) {
    auto& list = *get(parts);
    list.clear();
    std::set<std::string_view> seen;
    for (const Value& item : value.items) {
      const SettingContext place{context.path, item.at, context.diagnostics};
      if (item.kind != Value::Kind::text) {
        place.error(std::string("each item must be a string, not ") + kind_name(item));
      } else if (!seen.insert(item.text).second) {
        place.error("'" + item.text + "' is listed twice");
      } else if (auto result = read_item(place, item.text)) {
        list.push_back(*result);
      }
    }
  };
  return setting;
}

/// A list of strings, each read by `parse`.
template <class Parse, class Get>
Setting list_setting(const Row& row, std::string type, Parse parse, Get get) {
  const auto read_item = [parse](const SettingContext& context, const std::string& text) {
    auto result = parse(std::string_view(text));
    if (!result) context.reject(text, result.error());
    return result;
  };
  return items_setting(row, std::move(type), read_item, get);
}

/// A list of words out of a fixed set.
template <class T, class Get>
Setting choices_setting(const Row& row, std::string type, Choices<T> choices, Get get) {
  const auto read_item = [choices](const SettingContext& context, const std::string& text) {
    return choices.find(context, text);
  };
  return items_setting(row, std::move(type), read_item, get);
}

/// true or false.
template <class Get>
Setting flag_setting(const Row& row, Get get) {
  Setting setting{
      row.name, Value::Kind::boolean, "true or false", row.default_text, row.help, false, false, {}, {}};
  setting.read = [get](const SettingContext&, const Value& value, Parts& parts) {
    *get(parts) = value.boolean;
  };
  return setting;
}

/// A whole number from 1 on.
template <class Get>
Setting count_setting(const Row& row, Get get) {
  Setting setting{
      row.name, Value::Kind::integer, "a whole number", row.default_text, row.help, false, false, {}, {}};
  setting.read = [get](const SettingContext& context, const Value& value, Parts& parts) {
    if (value.integer < 1) return context.error("must be at least 1, not " + std::to_string(value.integer));
    *get(parts) = static_cast<std::uint64_t>(value.integer);
  };
  return setting;
}

/// A whole number from `min` to `max`.
template <class Get>
Setting number_setting(const Row& row, std::int64_t min, std::int64_t max, Get get) {
  const std::string range = std::to_string(min) + " to " + std::to_string(max);
  Setting setting{row.name,
                  Value::Kind::integer,
                  "a whole number from " + range,
                  row.default_text,
                  row.help,
                  false,
                  false,
                  {},
                  {}};
  setting.read = [min, max, range, get](const SettingContext& context, const Value& value, Parts& parts) {
    if (value.integer < min || value.integer > max)
      return context.error("must be " + range + ", not " + std::to_string(value.integer));
    auto& place = *get(parts);
    place = static_cast<std::remove_reference_t<decltype(place)>>(value.integer);
  };
  return setting;
}

/// A size in bytes from `min` to `max`.
template <class Get>
Setting size_setting(const Row& row, std::uint64_t min, std::uint64_t max, Get get) {
  const auto parse = [min, max](std::string_view text) -> base::Result<std::uint64_t> {
    auto size = base::parse_size(text);
    if (size && (*size < min || *size > max)) {
      return base::invalid("must be between " + base::format_size(min) + " and " + base::format_size(max) +
                           ", not " + std::string(text));
    }
    return size;
  };
  return parsed_setting(row, "a size such as \"64MB\"", parse, get);
}

/// A time span of at least `min`.
template <class Get>
Setting duration_setting(const Row& row, std::chrono::seconds min, Get get) {
  const auto parse = [min](std::string_view text) -> base::Result<std::chrono::seconds> {
    const auto span = base::parse_duration(text);
    if (!span) return tl::unexpected(span.error());
    if (*span < min) {
      return base::invalid("must be at least " + base::format_duration(min) + ", not " + std::string(text));
    }
    return std::chrono::duration_cast<std::chrono::seconds>(*span);
  };
  return parsed_setting(row, "a time span such as \"14d\"", parse, get);
}

// Strings that several sections have.
base::Result<std::string> parse_name(std::string_view text);  ///< of a tenant, stream or limit
base::Result<std::string> parse_absolute_path(std::string_view text);
base::Result<std::string> parse_any_text(std::string_view text);  ///< not empty, no control bytes

inline Setting needs_restart(Setting setting) {
  setting.needs_restart = true;
  return setting;
}
inline Setting required(Setting setting) {
  setting.required = true;
  return setting;
}

}  // namespace signpost::config::reader
