// parse_socket on hostile text: what it accepts, written out, is accepted again as the same socket.
#include <cstdint>
#include <string_view>

#include "system/milter_address.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using signpost::system::parse_socket;
  const auto socket = parse_socket({reinterpret_cast<const char*>(data), size});
  if (!socket) {
    if (socket.error().text.empty()) __builtin_trap();
    return 0;
  }
  const auto again = parse_socket(socket->format());
  if (!again || *again != *socket) __builtin_trap();
  return 0;
}
