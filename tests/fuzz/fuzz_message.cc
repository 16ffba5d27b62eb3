// parse_message: format gives back every byte of a message in wire form, and a file comes back from its wire form.
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/file/message_file.h"
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
  for (const mail::Door door : {mail::Door::smtp, mail::Door::command}) {
    const auto [taken_in, form] = mail::to_wire(text, door);
    const auto back = mail::from_wire(taken_in, form);
    require(back && *back == text);
    const mail::Message whole = mail::parse_message(taken_in);
    require(whole.has_separator || whole.body.empty());
  }
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
