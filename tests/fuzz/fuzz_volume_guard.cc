// VolumeGuard::read: what is read can be used at any time, and is written and read again as the same bytes.
#include <cstdint>
#include <string>
#include <string_view>

#include "policy/limits/volume_guard.h"

using namespace signpost::policy::limits;
using signpost::base::Wall;
using std::chrono::hours;

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

std::string check_bytes(const VolumeGuard& guard) {
  signpost::base::ByteWriter out;
  guard.write(out);
  require(out.bytes().size() <= VolumeGuard::kMaxBytes);
  signpost::base::ByteReader again(out.bytes());
  require(VolumeGuard::read(again).has_value() && again.at_end());
  return out.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::base::ByteReader in({reinterpret_cast<const char*>(data), size});
  auto guard = VolumeGuard::read(in);
  if (!guard) return 0;
  require(check_bytes(*guard).size() <= size);
  const GuardRule rule;
  for (const std::int64_t hour : {490'000L, 490'001L, 490'030L, 500'000L, -23'000'000L, 23'000'000L}) {
    const Wall now{hours(hour)};
    (void)guard->alarm(rule, now);
    (void)guard->add(rule, now, static_cast<std::uint64_t>(hour) * 0x9e3779b97f4a7c15U, 5000);
    (void)guard->is_learning(rule, now);
    check_bytes(*guard);
    guard->acknowledge(rule, now);
    check_bytes(*guard);
  }
  return 0;
}
