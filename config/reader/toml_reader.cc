// toml++ and what it takes to feed it hostile text.
#include "config/reader/toml_reader.h"

#include <utility>

#include "config/reader/toml_hazards.h"

namespace {

/// Thrown by toml++ in place of its assertions and caught in parse_safe: toml_hazards keeps away the texts
/// that are known to break them, but a text that no one foresaw must not end a daemon that reloads.
struct BrokenAssumption {};
[[noreturn]] void break_off() {
  throw BrokenAssumption();
}

}  // namespace

// Errors as return values, and nothing that writes: this is the only file that sees toml++. Without NDEBUG
// its assumptions are checked in every build, not used to optimize.
#undef NDEBUG
#define TOML_ASSERT(condition) (static_cast<bool>(condition) ? static_cast<void>(0) : break_off())
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 32
#include <toml++/toml.h>

namespace signpost::config::reader {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr int kMaxDepth = 16;  // of what we take over; no setting lies deeper than four

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
                        "tables and lists are nested deeper than " + std::to_string(kMaxDepth) + " levels");
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

/// The text with a "?" for each character outside ASCII: equal in syntax and columns.
std::string mask_letters(std::string_view text) {
  std::string masked;
  masked.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      masked += c;
    } else if (byte >= 0xc0) {  // the first byte of a sequence
      masked += '?';
    }
  }
  return masked;
}

/// The text without hazards. Its syntax is first judged on a masked copy: behind an error toml++ looks for
/// blanks even among the letters of a string, and there, on U+00A1 and above, it runs into statements
/// marked unreachable.
std::optional<Value> parse_safe(std::string_view text, const std::string& file,
                                Diagnostics& diagnostics) try {
  toml::parse_result result = toml::parse(mask_letters(text));
  if (result) result = toml::parse(text);
  if (!result) {
    const toml::source_position place = result.error().source().begin;
    diagnostics.error({file, place.line, place.column}, describe(result.error().description()));
    return std::nullopt;
  }
  return Converter{file, diagnostics}.convert(result.table(), 0);
} catch (const BrokenAssumption&) {
  diagnostics.error({file, 0, 0}, "syntax error: the parser gave up on this file");
  return std::nullopt;
}

}  // namespace

std::optional<Value> parse_toml(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  if (text.size() > kMaxConfigBytes) {
    diagnostics.error({file, 0, 0}, "larger than " + std::to_string(kMaxConfigBytes >> 20) + " MiB");
    return std::nullopt;
  }
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
  const auto hazard = find_toml_hazard(text);
  auto value = parse_safe(text.substr(0, hazard ? hazard->line_begin : text.size()), file, diagnostics);
  if (!hazard || !value) return value;
  diagnostics.error({file, hazard->line, hazard->column}, "syntax: " + std::string(hazard->problem));
  return std::nullopt;
}

}  // namespace signpost::config::reader
