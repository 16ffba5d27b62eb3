// parse_ip and parse_network: both print and read back the same, and a network contains its base.
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/envelope.h"

namespace {

using namespace signpost;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void check(std::string_view text) {
  if (const auto ip = base::parse_ip(text)) require(base::parse_ip(base::format_ip(*ip)) == *ip);
  const auto network = base::parse_network(text);
  if (!network) return;
  require(network->contains(network->base));
  require(base::parse_network(base::format_network(*network)) == *network);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  return 0;
}
