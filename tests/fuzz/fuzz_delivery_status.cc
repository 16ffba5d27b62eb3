// parse_delivery_status: bounds hold, and a row that counts as named has an address.
#include <cstdint>
#include <string_view>

#include "feedback/delivery_status.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto status = signpost::feedback::parse_delivery_status({reinterpret_cast<const char*>(data), size});
  if (status.rows.size() > signpost::feedback::kMaxRows) __builtin_trap();
  for (const auto& row : status.rows)
    if (row.is_named == row.address.empty()) __builtin_trap();
  return 0;
}
