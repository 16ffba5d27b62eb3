// parse_address_list and find_author: what is read is made of addresses that stand in the value;
// nothing is guessed.
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/field/author.h"

namespace {

using namespace signpost;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void check(std::string_view text) {
  const auto addresses = mail::parse_address_list(text);
  const auto author = mail::find_author({{"From", std::string(text)}});
  require(author.has_value() == (addresses && addresses->size() == 1));
  if (!addresses) return;
  for (const mail::Address& address : *addresses)
    require(mail::parse_address(mail::format_address(address)) == address);
  require(text.find('\0') == std::string_view::npos && text.find('\r') == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  return 0;
}
