#include "daemon/commands/fields.h"

#include "base/text.h"
#include "policy/event.h"

namespace signpost::daemon::commands {
namespace {

struct TextForm {
  std::string operator()(const Value::None&) const { return "-"; }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(std::uint64_t number) const { return std::to_string(number); }
  std::string operator()(bool yes) const { return yes ? "yes" : "no"; }
  std::string operator()(const Value::Texts& texts) const { return base::join(texts, ","); }
  std::string operator()(const Value::Numbers& numbers) const {
    std::vector<std::string> texts;
    texts.reserve(numbers.size());
    for (const std::uint64_t number : numbers) texts.push_back(std::to_string(number));
    return base::join(texts, ",");
  }
};

}  // namespace

Value text_or_none(std::string_view text) {
  return text.empty() ? Value() : Value(text);
}

Value word_or_none(std::string_view word) {
  return word == "-" ? Value() : text_or_none(word);
}

std::string format_value_text(const Value& value) {
  return std::visit(TextForm{}, value.held());
}

std::string format_fields_text(const Fields& fields) {
  std::string line;
  for (const Field& field : fields) {
    if (!line.empty()) line += ' ';
    line.append(field.key).append("=").append(policy::format_value(format_value_text(field.value)));
  }
  return line;
}

}  // namespace signpost::daemon::commands
