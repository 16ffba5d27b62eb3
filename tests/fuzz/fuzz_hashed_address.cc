// parse_hashed_address: what parses comes back from its one spelling.
#include <cstdint>

#include "mail/hashed_address.h"

using namespace signpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto hashed = mail::parse_hashed_address(text);
  if (!hashed) return 0;
  const auto again = mail::parse_hashed_address(mail::format_hashed_address(*hashed));
  if (!again || *again != *hashed || hashed->key_id == 0) __builtin_trap();
  return 0;
}
