// parse_blocks: what is read comes back as it was written, whatever the order of the lines.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "track/blocks.h"

using namespace signpost::track;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto blocks = parse_blocks(text);
  if (!blocks) return 0;
  const auto again = parse_blocks(format_blocks(*blocks));
  if (!again || *again != *blocks) __builtin_trap();
  return 0;
}
