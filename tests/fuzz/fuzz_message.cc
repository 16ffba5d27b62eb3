// parse_message: format gives back every byte of a message in wire form, and line ends come back from it.
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/edit.h"
#include "mail/message.h"

namespace {

using namespace signpost;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void check(std::string_view text) {
  const auto [wire, newlines] = mail::to_crlf(text);
  require(mail::from_crlf(wire, newlines) == text);
  const mail::Message message = mail::parse_message(wire);
  require(mail::format_message(message) == wire);
  for (const mail::Field& field : message.fields) {
    require(!field.name.empty() && mail::has_name(field, field.name));
    require(mail::unfold(field.value).find('\n') == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  return 0;
}
