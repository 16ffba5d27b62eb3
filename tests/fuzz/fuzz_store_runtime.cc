// parse_pause, parse_limit_override, parse_link_block, parse_number_record: with a right checksum behind the
// bytes, what parses comes back bit for bit.
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/siphash.h"
#include "store/list/records.h"

using namespace signpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  base::ByteWriter sum;
  sum.word(base::checksum(body));
  const std::string bytes = std::string(body) + sum.bytes();
  const std::string link = store::list::link_key("host", "bad.example");
  const auto block = store::list::parse_link_block(link, bytes);
  if (block && store::list::format_link_block(*block) != bytes) __builtin_trap();
  const auto pause = store::list::parse_pause(bytes);
  if (pause && store::list::format_pause(*pause) != bytes) __builtin_trap();
  const auto limit = store::list::parse_limit_override(bytes);
  if (limit && store::list::format_limit_override(*limit) != bytes) __builtin_trap();
  const auto number = store::list::parse_number_record(bytes);
  if (number && store::list::format_number(*number) != bytes) __builtin_trap();
  return 0;
}
