// The strings that several sections have, on hostile text: what is accepted comes back as it was given, and
// has no byte that its kind must not have.
#include <cstdint>
#include <string_view>

#include "config/reader/setting_types.h"

namespace {

/// `forbidden`: what no accepted text may hold.
void expect_unchanged(const signpost::base::Result<std::string>& read, std::string_view given,
                      std::string_view forbidden) {
  if (!read) {
    if (read.error().text.empty()) __builtin_trap();
    return;
  }
  if (given.empty() || *read != given) __builtin_trap();
  if (given.find_first_of(forbidden) != std::string_view::npos) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  expect_unchanged(signpost::config::reader::parse_name(input), input, " /\"\n");
  expect_unchanged(signpost::config::reader::parse_absolute_path(input), input, std::string_view("\0", 1));
  expect_unchanged(signpost::config::reader::parse_any_text(input), input, "\n\r\t\x1f\x7f");
  return 0;
}
