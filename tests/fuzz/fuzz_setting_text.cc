// The strings that several sections have, on hostile text: what is accepted comes back as it was given, and
// has no control bytes.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "programs/setting_types.h"

namespace {

void expect_unchanged(const signpost::base::Result<std::string>& read, std::string_view given) {
  if (!read) {
    if (read.error().text.empty()) __builtin_trap();
    return;
  }
  const bool has_control = std::any_of(given.begin(), given.end(), [](unsigned char c) { return c < 0x20; });
  if (given.empty() || *read != given || has_control) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  expect_unchanged(signpost::programs::parse_name(input), input);
  expect_unchanged(signpost::programs::parse_absolute_path(input), input);
  expect_unchanged(signpost::programs::parse_any_text(input), input);
  return 0;
}
