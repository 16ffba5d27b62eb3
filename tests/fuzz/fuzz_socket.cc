// parse_socket and parse_listen on hostile text: what they accept, written out, is accepted
// again as the same.
#include <cstdint>
#include <string_view>

#include "system/listen_address.h"
#include "system/milter_socket/milter_address.h"

namespace {

void try_socket(std::string_view text) {
  using signpost::system::parse_socket;
  const auto socket = parse_socket(text);
  if (!socket) {
    if (socket.error().text.empty()) __builtin_trap();
    return;
  }
  const auto again = parse_socket(socket->format());
  if (!again || *again != *socket) __builtin_trap();
}

void try_listen(std::string_view text) {
  using signpost::system::parse_listen;
  const auto address = parse_listen(text);
  if (!address) {
    if (address.error().text.empty()) __builtin_trap();
    return;
  }
  const auto again = parse_listen(signpost::system::format_listen(*address));
  if (!again || !(*again == *address)) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try_socket(text);
  try_listen(text);
  return 0;
}
