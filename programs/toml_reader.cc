#include "programs/toml_reader.h"

#include <utility>

// Errors as return values, and nothing that writes: this is the only file that sees toml++.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 32
#include <toml++/toml.h>

namespace signpost::programs {
namespace {

// toml++ builds dotted keys and tears them down by recursion without a bound of its own: with the 32 nested
// values above and this many dots a line the tree stays about a thousand levels deep at the worst.
constexpr int kMaxDotsPerLine = 32;
constexpr int kMaxDepth = 16;  // of what we take over; no setting lies deeper than four

/// The line (from 1) that has too many dots outside strings and comments, or 0. Up to the first syntax error
/// it sees strings as TOML does, and behind that nothing is read.
std::uint32_t find_overlong_key(std::string_view text) {
  std::uint32_t line = 1;
  int dots = 0;
  bool comment = false;
  std::string_view quote;  // the delimiter that closes the string we are in
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      ++line;
      dots = 0;
      comment = false;
      if (quote.size() == 1) quote = {};
    } else if (comment) {
      continue;
    } else if (!quote.empty()) {
      if (c == '\\' && quote[0] == '"') {
        ++i;
        if (i < text.size() && text[i] == '\n') ++line;
      } else if (text.substr(i, quote.size()) == quote) {
        i += quote.size() - 1;
        quote = {};
      }
    } else if (c == '"' || c == '\'') {
      const bool triple = text.substr(i, 3) == (c == '"' ? R"(""")" : "'''");
      quote = c == '"' ? std::string_view(R"(""")").substr(triple ? 0 : 2)
                       : std::string_view("'''").substr(triple ? 0 : 2);
      i += quote.size() - 1;
    } else if (c == '#') {
      comment = true;
    } else if (c == '.' && ++dots > kMaxDotsPerLine) {
      return line;
    }
  }
  return 0;
}

/// toml++'s words, with the likely cause of the most frequent mistake.
std::string describe(std::string_view error) {
  constexpr std::string_view kPrefix = "Error while parsing ";
  const bool is_number = error.find("integer: expected digit") != std::string_view::npos;
  if (error.substr(0, kPrefix.size()) == kPrefix) error.remove_prefix(kPrefix.size());
  return "syntax: " + std::string(error) +
         (is_number ? R"(; a value with a unit is a string, as in "64MB")" : "");
}

struct Converter {
  const std::string& file;
  Diagnostics& diagnostics;

  Position place(const toml::source_region& region) const {
    return {file, region.begin.line, region.begin.column};
  }

  Value convert(const toml::node& node, int depth) const {
    Value value;
    value.at = place(node.source());
    value.key_at = value.at;
    if (depth > kMaxDepth) {
      diagnostics.error(value.at,
                        "tables and lists nest deeper than " + std::to_string(kMaxDepth) + " levels");
      return value;
    }
    if (const auto* table = node.as_table()) {
      value.kind = Value::Kind::table;
      for (const auto& [key, child] : *table) {
        Value member = convert(child, depth + 1);
        member.key_at = place(key.source());
        value.members.emplace(std::string(key.str()), std::move(member));
      }
    } else if (const auto* array = node.as_array()) {
      value.kind = Value::Kind::array;
      value.items.reserve(array->size());
      for (const toml::node& item : *array) value.items.push_back(convert(item, depth + 1));
    } else if (const auto* text = node.as_string()) {
      value.kind = Value::Kind::text;
      value.text = text->get();
    } else if (const auto* integer = node.as_integer()) {
      value.kind = Value::Kind::integer;
      value.integer = integer->get();
    } else if (const auto* boolean = node.as_boolean()) {
      value.kind = Value::Kind::boolean;
      value.boolean = boolean->get();
    } else {
      value.kind = Value::Kind::other;
      value.text = node.is_floating_point() ? "a number with a fraction" : "a date or time";
    }
    return value;
  }
};

}  // namespace

std::optional<Value> parse_toml(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  if (text.size() > kMaxConfigBytes) {
    diagnostics.error({file, 0, 0}, "larger than " + std::to_string(kMaxConfigBytes >> 20) + " MiB");
    return std::nullopt;
  }
  if (const std::uint32_t line = find_overlong_key(text); line != 0) {
    diagnostics.error({file, line, 1},
                      "more than " + std::to_string(kMaxDotsPerLine) + " dots outside quotes");
    return std::nullopt;
  }
  const toml::parse_result result = toml::parse(text);
  if (!result) {
    const toml::source_position place = result.error().source().begin;
    diagnostics.error({file, place.line, place.column}, describe(result.error().description()));
    return std::nullopt;
  }
  return Converter{file, diagnostics}.convert(result.table(), 0);
}

}  // namespace signpost::programs
