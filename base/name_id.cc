#include "base/name_id.h"

#include "base/crypto.h"

namespace signpost::base {

std::uint32_t name_id(std::string_view name) {
  const Digest digest = sha256(name);
  return static_cast<std::uint32_t>(digest[0]) << 24 | static_cast<std::uint32_t>(digest[1]) << 16 |
         static_cast<std::uint32_t>(digest[2]) << 8 | digest[3];
}

}  // namespace signpost::base
