// stream_by_header and parse_role: a header never leads out of the tenant's streams, nor bulk mail
// into `transactional`.
#include <cstdint>
#include <string>
#include <string_view>

#include "policy/tenant.h"

namespace {

using namespace signpost;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void check(std::string_view text) {
  policy::Tenant tenant;
  tenant.streams = {"transactional", "bulk"};
  const auto fields = mail::parse_message(text).fields;
  const policy::LateStream late = policy::stream_by_header(tenant, "bulk", fields);
  require(late.stream == "bulk" || late.stream == "transactional");
  require(late.stream == "bulk" || !mail::find_field(fields, "List-Id"));
  require(late.ignored.empty() || late.stream == "bulk");
  policy::parse_role(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  return 0;
}
