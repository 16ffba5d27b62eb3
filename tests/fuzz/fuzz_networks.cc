// parse_networks: never ends the program, and what it takes can be asked.
#include <cstdint>
#include <string_view>

#include "web/networks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto networks = signpost::web::parse_networks(text);
  if (!networks) {
    if (!networks.error().text.starts_with("line ")) __builtin_trap();
    return 0;
  }
  (void)networks->find(text.substr(0, 64));
  (void)networks->find("192.0.2.1");
  return 0;
}
