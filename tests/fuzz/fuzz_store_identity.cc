// parse_identity: what it reads is what it would write.
#include <cstdint>
#include <string_view>

#include "store/identity.h"

using namespace signpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto identity = store::parse_identity(text);
  if (identity && store::format_identity(*identity) != text) __builtin_trap();
  return 0;
}
