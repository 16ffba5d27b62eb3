// Numbers, splitting, UTF-8 and searching on any bytes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"

namespace base = signpost::base;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto number = base::parse_number(text);
      number && base::parse_number(std::to_string(*number)) != *number) {
    __builtin_trap();
  }
  const auto pieces = base::split(text, ',');
  if (base::join({pieces.begin(), pieces.end()}, ",") != text) __builtin_trap();
  const std::string_view needle = text.substr(0, 3);
  const std::string_view rest = text.substr(needle.size());
  if (base::find_ignore_case(rest, needle) != base::lower(rest).find(base::lower(needle))) __builtin_trap();
  if (base::is_utf8(text) && !base::is_utf8(std::string(text) + "\xF0\x9F\x98\x80")) __builtin_trap();
  return 0;
}
