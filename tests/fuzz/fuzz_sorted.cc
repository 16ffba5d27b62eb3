// Records of a load's sorted file: what is read is written to the same bytes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "store/list/bulk_merge.h"

using namespace signpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto sorted = store::list::parse_sorted(bytes);
  if (sorted && store::list::format_sorted(*sorted) != bytes) __builtin_trap();
  return 0;
}
