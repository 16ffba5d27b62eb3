// Names of key files and selectors: what is read is in one form, and its format reads back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/key_loader.h"

using namespace signpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto selector = config::parse_selector(text)) {
    if (config::parse_selector(*selector) != *selector) __builtin_trap();
  }
  if (const auto name = config::parse_key_file_name(text)) {
    const auto again = config::parse_key_file_name(name->format());
    if (!again || again->domain != name->domain || again->selector != name->selector) __builtin_trap();
  }
  return 0;
}
