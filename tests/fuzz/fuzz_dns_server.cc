// Addresses of resolvers: what is read is shown in one form, which reads back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "programs/dns_resolver.h"

namespace programs = signpost::programs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto server = programs::parse_dns_server({reinterpret_cast<const char*>(data), size});
  if (server && programs::parse_dns_server(programs::format_dns_server(*server)) != *server) __builtin_trap();
  return 0;
}
