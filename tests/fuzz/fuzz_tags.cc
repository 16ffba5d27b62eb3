// Tag lists: what is read comes back through its format, and no name is there twice.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dkim/tags.h"

namespace dkim = signpost::dkim;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto list = dkim::parse_tags({reinterpret_cast<const char*>(data), size});
  if (!list) return 0;
  for (const dkim::Tag& tag : list->tags) {
    if (list->find(tag.name) != &tag.value) __builtin_trap();
  }
  const auto again = dkim::parse_tags(dkim::format_tags(*list));
  if (!again || *again != *list) __builtin_trap();
  return 0;
}
