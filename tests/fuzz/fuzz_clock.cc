// Times, durations and sizes: what is read comes back through its format.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace base = signpost::base;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto time = base::parse_time(text); time && base::parse_time(base::format_time(*time)) != *time) {
    __builtin_trap();
  }
  if (const auto duration = base::parse_duration(text);
      duration && base::parse_duration(base::format_duration(*duration)) != *duration) {
    __builtin_trap();
  }
  if (const auto bytes = base::parse_size(text);
      bytes && base::parse_size(base::format_size(*bytes)) != *bytes) {
    __builtin_trap();
  }
  return 0;
}
