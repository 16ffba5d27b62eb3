// Named values as data: what a reply's lines consist of. daemon/control writes them as text or JSON.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace signpost::daemon::commands {

/// Nothing, a text, a whole number, yes or no, or a list of texts or numbers.
class Value {
 public:
  /// Not trivial to copy, on purpose: of a variant of trivial types, strings and vectors alone, libstdc++ 12 believes that a
  /// copy cannot be left without a value, and crashes where memory for one runs out.
  struct None {
    None() = default;
    None(const None&) noexcept {}
    None& operator=(const None&) noexcept { return *this; }
    bool operator==(const None&) const { return true; }
  };
  using Texts = std::vector<std::string>;
  using Numbers = std::vector<std::uint64_t>;
  using Held = std::variant<None, std::string, std::uint64_t, bool, Texts, Numbers>;

  Value() = default;
  Value(const None&) {}
  Value(std::string text) : held_(std::move(text)) {}
  Value(std::string_view text) : held_(std::string(text)) {}
  Value(const char* text) : held_(std::string(text)) {}
  template <std::same_as<bool> Bool>  // so that no pointer becomes a yes
  Value(Bool yes) : held_(yes) {}
  template <std::integral Number>
  requires(!std::same_as<Number, bool>) Value(Number number) : held_(static_cast<std::uint64_t>(number)) {}
  Value(Texts texts) : held_(std::move(texts)) {}
  Value(Numbers numbers) : held_(std::move(numbers)) {}
  template <class T>
  Value(const std::optional<T>& value) : held_(value ? Value(*value).held_ : Held{}) {}

  const Held& held() const { return held_; }
  bool operator==(const Value&) const = default;

 private:
  Held held_;
};

/// A text; none for an empty one.
Value text_or_none(std::string_view text);
/// A fixed word; none for an empty one and for "-", with which policy says none.
Value word_or_none(std::string_view word);

/// The text form: "-" for none, "yes" or "no", digits, the elements of a list joined by commas. Not quoted.
std::string format_value_text(const Value& value);

struct Field {
  Field(std::string_view key_, Value value_) : key(key_), value(std::move(value_)) {}
  std::string key;
  Value value;
  bool operator==(const Field&) const = default;
};

/// In the order in which they are shown.
using Fields = std::vector<Field>;

/// "key=value key=value", quoted where needed, without a line end.
std::string format_fields_text(const Fields& fields);

}  // namespace signpost::daemon::commands
