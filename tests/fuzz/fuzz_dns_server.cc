// Addresses of resolvers: what is read is shown in one form, which reads back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "system/dns_resolver.h"

using namespace signpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto server = system::parse_dns_server({reinterpret_cast<const char*>(data), size});
  if (server && system::parse_dns_server(system::format_dns_server(*server)) != *server) __builtin_trap();
  return 0;
}
