// parse_rate and the words of reasons: what is read prints and reads back the same.
#include <cstdint>
#include <string>
#include <string_view>

#include "policy/reason.h"
#include "policy/settings.h"

namespace {

using namespace signpost;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void check(std::string_view text) {
  if (const auto rate = policy::parse_rate(text)) {
    require(rate->count > 0 && rate->window.count() > 0);
    require(policy::parse_rate(policy::format_rate(*rate)) == *rate);
  }
  if (const auto reason = policy::parse_reason(text)) require(policy::reason_word(*reason) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  return 0;
}
