// parse_held_message: with a right checksum behind the bytes, what parses comes back bit for bit.
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/siphash.h"
#include "store/hold_store.h"

using namespace signpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  base::ByteWriter sum;
  sum.word(base::checksum(body));
  const std::string bytes = std::string(body) + sum.bytes();
  const auto message = store::parse_held_message("01JDABCDEFGHJKMNPQRSTVWXYZ", bytes);
  if (message && store::format_held_message(*message) != bytes) __builtin_trap();
  (void)store::parse_held_message("01JDABCDEFGHJKMNPQRSTVWXYZ", body);
  return 0;
}
