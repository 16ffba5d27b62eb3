// parse_value, parse_event_text and both spellings of a log line: any bytes give one short line without control bytes, and a
// value and a line come back from their written form.
#include <cstdint>
#include <string>
#include <string_view>

#include "policy/event.h"
#include "policy/event_line.h"

namespace {

using namespace signpost;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void check(std::string_view text) {
  require(policy::parse_value(policy::format_value(text)) == std::string(text));
  if (const auto value = policy::parse_value(text))
    require(policy::parse_value(policy::format_value(*value)) == *value);

  using Kind = policy::EventField::Kind;
  policy::Event event;
  for (const Kind kind : {Kind::word, Kind::number, Kind::address, Kind::list, Kind::text}) {
    event.add("key", std::string(text), kind);
  }
  for (const std::string& line : {policy::format_event_text(event), policy::format_event_json(event)}) {
    require(line.size() <= 8192);
    for (const char c : line) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  }
  event.fields.resize(text.size() < 100 ? 5 : 0);
  event.add("end", "x");
  // Whatever a value is, the fields behind it stay what they were.
  const auto line = policy::parse_event_text(policy::format_event_text(event));
  require(line && line->value("end") == "x");
  if (const auto other = policy::parse_event_text(text)) {
    for (const auto& [key, value] : other->fields) require(!key.empty());
  }
  (void)policy::find_raw_value(text, "qid");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  return 0;
}
