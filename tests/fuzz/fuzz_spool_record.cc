// parse_spool_record: bytes as they are, and once more with the frame put right so that the payload is
// reached. What is read has one spelling.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/siphash.h"
#include "web/spool/record.h"

using namespace signpost;

namespace {

void check(std::string_view bytes) {
  const auto record = web::spool::parse_spool_record(bytes);
  if (!record) return;
  if (record->size > bytes.size() || record->size > web::spool::kMaxSpoolRecord) __builtin_trap();
  if (web::spool::format_spool_record(record->hit) != bytes.substr(0, record->size)) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  const std::string_view payload = bytes.substr(size < 8 ? size : 8);
  base::ByteWriter frame;
  frame.word(static_cast<std::uint32_t>(payload.size()));
  frame.word(base::checksum(payload));
  check(frame.take().append(payload));
  return 0;
}
