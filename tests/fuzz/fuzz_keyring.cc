// Key rings: what is read has one active key and comes back through its format; turning it keeps it a ring.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/keyring.h"

namespace base = signpost::base;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto ring = base::parse_keyring({reinterpret_cast<const char*>(data), size});
  if (!ring) return 0;
  if (ring->active() == nullptr) __builtin_trap();
  const std::string text = base::format_keyring(*ring);
  const auto again = base::parse_keyring(text);
  if (!again || base::format_keyring(*again) != text) __builtin_trap();
  const auto turned = base::rotate(*ring, std::string(32, 'k'));
  if (turned && !base::parse_keyring(base::format_keyring(*turned))) __builtin_trap();
  return 0;
}
