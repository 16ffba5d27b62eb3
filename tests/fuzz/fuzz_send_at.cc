// parse_send_at: a time that is read is written and read to the same moment.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mail/field/send_at.h"

using namespace signpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto time = mail::parse_send_at(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!time) return 0;
  const auto again = mail::parse_send_at(base::format_time(*time));
  if (again && *again != *time) __builtin_trap();
  return 0;
}
