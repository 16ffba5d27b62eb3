// canonical_domain: the canonical form is ASCII, bounded and its own canonical form.
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/address.h"

namespace {

using namespace signpost;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void check(std::string_view text) {
  const auto domain = mail::canonical_domain(text);
  if (!domain) return;
  require(!domain->empty() && domain->size() <= 253);
  for (const char c : *domain) require(c > ' ' && c < 0x7F && !(c >= 'A' && c <= 'Z'));
  require(mail::canonical_domain(*domain) == *domain);
  require(mail::is_same_or_subdomain(*domain, *domain));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  return 0;
}
