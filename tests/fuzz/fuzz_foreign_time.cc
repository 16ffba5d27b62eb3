// Times in other services' exports: a time that is read is written and read to the same moment.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "importers/foreign_time.h"

using namespace signpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto time = importers::parse_foreign_time(text);
  if (!time) return 0;
  const auto again = importers::parse_foreign_time(base::format_time(*time));
  if (!again || *again != *time) __builtin_trap();
  return 0;
}
