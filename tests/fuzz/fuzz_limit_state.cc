// Buckets::load and parse_saved_buckets: with the frame and checksum put around the bytes, what loads can be
// used, and what it saves loads again with as many buckets.
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/siphash.h"
#include "policy/limits/buckets.h"
#include "store/bucket_store.h"

using namespace signpost;
using namespace std::chrono_literals;

namespace {

std::string framed(std::string_view format, std::string_view body) {
  std::string bytes = std::string(format) + std::string(body);
  base::ByteWriter sum;
  sum.word(base::checksum(bytes));
  return bytes + sum.bytes();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const std::string file = framed("signpost-limits 1\n", body);
  const auto saved = store::parse_saved_buckets(file);
  if (saved && store::format_saved_buckets(*saved) != file) __builtin_trap();

  constexpr base::Steady kNow{1h};
  policy::limits::Buckets buckets(100);
  if (!buckets.load(framed("signpost-buckets 1\n", body), kNow)) {
    if (buckets.size() != 0) __builtin_trap();
    return 0;
  }
  policy::limits::Buckets added(100);
  if (added.add(framed("signpost-buckets 1\n", body), kNow) && added.size() != buckets.size())
    __builtin_trap();
  for (const auto& state : buckets.list("", 100, kNow)) {
    policy::LimitSettings limit;
    limit.name = state.limit;
    limit.rates = {{10, 1h}, {100, 24h}};
    const auto reserved = buckets.reserve({{&limit, state.key, 1}}, kNow);
    if (reserved) buckets.commit(reserved->id, kNow + 1s);
  }
  policy::limits::Buckets again(100);
  if (!again.load(buckets.save(kNow + 1s), kNow)) __builtin_trap();
  if (again.size() > buckets.size()) __builtin_trap();
  return 0;
}
