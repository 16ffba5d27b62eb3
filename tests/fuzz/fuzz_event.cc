// parse_value and both spellings of a log line: any bytes give one short line without control bytes, and a
// value comes back from its quoted form.
#include <cstdint>
#include <string>
#include <string_view>

#include "policy/event.h"

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
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  return 0;
}
