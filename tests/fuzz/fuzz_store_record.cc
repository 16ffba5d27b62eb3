// parse_record, parse_set, parse_replacing: whatever the bytes, and with a right checksum behind them, what
// parses comes back bit for bit.
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/siphash.h"
#include "store/list/records.h"

using namespace signpost;

namespace {

constexpr std::string_view kKey("net.example\0bob", 15);

void check(std::string_view bytes) {
  const auto entries = store::list::parse_record(kKey, "bob@example.net", bytes);
  const bool is_bound =
      !bytes.empty() && bytes[0] == 2;  // records of earlier formats come back as bound ones
  if (entries && (store::list::format_record(kKey, *entries) == bytes) != is_bound) __builtin_trap();
  const auto set = store::list::parse_set(bytes);
  if (set && store::list::format_set(*set) != bytes) __builtin_trap();
  const auto replacing = store::list::parse_replacing(bytes);
  if (replacing && store::list::format_replacing(*replacing) != bytes) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  base::ByteWriter sum;
  sum.word(base::checksum(bytes));
  check(std::string(bytes) + sum.bytes());
  base::ByteWriter bound;
  bound.word(base::checksum(kKey, bytes));
  check(std::string(bytes) + bound.bytes());
  return 0;
}
