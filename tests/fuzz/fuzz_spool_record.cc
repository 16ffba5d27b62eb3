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

constexpr std::size_t kFrame = 8;

void check(std::string_view bytes) {
  const auto record = web::spool::parse_spool_record(bytes);
  if (!record) return;
  if (record->size > bytes.size() || record->size > web::spool::kMaxSpoolRecord) __builtin_trap();
  const std::string again = web::spool::format_spool_record(record->hit);
  // The first version lacks the network, and is written as the second.
  const bool is_first = bytes[kFrame] == 1;
  if (!is_first && again != bytes.substr(0, record->size)) __builtin_trap();
  if (is_first && web::spool::parse_spool_record(again)->hit != record->hit) __builtin_trap();
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
