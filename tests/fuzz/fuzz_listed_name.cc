// Names of what is listed: a name that was read is read to itself, and holds no pattern outside quotes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policy/listed_name.h"

using namespace signpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto name = policy::parse_listed_name({reinterpret_cast<const char*>(data), size});
  if (!name) return 0;
  (void)policy::needs_subdomains(name->name);
  const auto again = policy::parse_listed_name(name->name);
  // Below "@*.": what is left may be a pattern of its own, which is then refused.
  if (again && !name->subdomains && again->name != name->name) __builtin_trap();
  const bool is_pattern = name->name.starts_with('@') && name->name.find('*') != std::string::npos;
  if (is_pattern) __builtin_trap();
  return 0;
}
