// Lines of the file of told ids: what parses is written back byte for byte. Under the checksum nearly nothing parses, so the rest
// of the line is tried with the right one too.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/siphash.h"
#include "release/told_record.h"

using namespace signpost;
using namespace signpost::release;

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void check(const std::string& line) {
  const auto record = parse_told_record(line);
  if (record) require(format_told_record(*record) == line + "\n");
  if (!record) require(record.error().kind == base::ErrorKind::corrupt);
}

std::string with_checksum(std::string_view text) {
  base::SipHash hash({0, 0});
  hash.add(text);
  std::uint64_t value = hash.finish();
  std::string line(16, '0');
  for (auto place = line.rbegin(); place != line.rend(); ++place, value /= 16)
    *place = "0123456789abcdef"[value % 16];
  return line + " " + std::string(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  check(std::string(bytes));
  check(with_checksum(bytes));
  return 0;
}
