// Buckets::add and parse_saved_parts: with the frame and checksum put around the bytes, what is read can be used, and
// what it saves is read again with as many buckets.
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/siphash.h"
#include "policy/limits/buckets.h"
#include "store/bucket_store.h"

using namespace signpost;
using namespace std::chrono_literals;

namespace {

constexpr base::Steady kNow{1h};

std::string framed(std::string_view format, std::string_view body) {
  std::string bytes = std::string(format) + std::string(body);
  base::ByteWriter sum;
  sum.word(base::checksum(bytes));
  return bytes + sum.bytes();
}

/// The bytes as a file, as a part of one, and as what stands in a part.
void read_file(std::string_view body) {
  (void)store::parse_saved_parts(body);
  (void)store::parse_saved_parts(store::format_saved_head() + std::string(body));
  base::ByteWriter size;
  size.word(static_cast<std::uint32_t>(body.size()));
  const std::string file = store::format_saved_head() + framed(size.bytes(), body);
  const store::SavedParts saved = store::parse_saved_parts(file);
  std::string again = store::format_saved_head();
  for (const store::SavedPart& part : saved.parts) again += store::format_saved_part(part);
  if (saved.damage.empty() && again != file) __builtin_trap();
}

std::string save_all(policy::limits::Buckets& buckets, base::Steady now) {
  buckets.begin_round();
  return buckets.take_round(~std::size_t{0}, now).bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  read_file(body);

  policy::limits::Buckets buckets;
  const auto added = buckets.add(framed("signpost-buckets 2\n", body), kNow, kNow);
  if (!added) {
    if (buckets.size() != 0) __builtin_trap();
    return 0;
  }
  if (buckets.size() > *added) __builtin_trap();
  for (const auto& state : buckets.list("", 100, kNow)) {
    policy::LimitSettings limit;
    limit.name = state.limit;
    limit.rates = {{10, 1h}, {100, 24h}};
    limit.max_keys = 1;
    const auto reserved = buckets.reserve({{&limit, state.key, 1}, {&limit, "new", 1}}, kNow);
    if (reserved) buckets.commit(reserved->id, kNow + 1s);
  }
  policy::limits::Buckets again;
  if (!again.add(save_all(buckets, kNow + 1s), kNow + 1s, kNow + 1s)) __builtin_trap();
  if (again.size() > buckets.size()) __builtin_trap();
  return 0;
}
