// parse_address: what is accepted prints and reads back the same, and its key is stable.
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/address.h"
#include "mail/local_part.h"

namespace {

using namespace signpost;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void check(std::string_view text) {
  const auto address = mail::parse_address(text);
  if (!address) {
    require(!address.error().text.empty());
    return;
  }
  require(!address->local.empty() && !address->domain.empty());
  require(mail::parse_address(mail::format_address(*address)) == *address);
  require(mail::canonical_domain(address->domain) == address->domain);
  const std::string key = mail::canonical_key(*address);
  require(key.size() <= mail::kMaxCanonicalLocal + 1 + 253 && key.find('\n') == std::string::npos &&
          key.find('\0') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  return 0;
}
