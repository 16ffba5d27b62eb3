// Stored states of keys: what is read comes back through its format.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dkim/gate.h"

namespace dkim = signpost::dkim;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto progress = dkim::parse_progress({reinterpret_cast<const char*>(data), size});
  if (!progress) return 0;
  const auto again = dkim::parse_progress(dkim::format_progress(*progress));
  if (!again || *again != *progress) __builtin_trap();
  return 0;
}
