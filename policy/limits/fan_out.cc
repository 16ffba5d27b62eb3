#include "policy/limits/fan_out.h"

#include <bit>
#include <cmath>

namespace signpost::policy::limits {
namespace {

constexpr int kIndexBits = 6;
constexpr std::uint8_t kLongestRun = 64 - kIndexBits + 1;
constexpr double kBias = 0.709;  // of 64 registers
constexpr auto kCount = static_cast<double>(FanOut::kRegisters);

}  // namespace

void FanOut::add(std::uint64_t hash) {
  std::uint8_t& longest = registers_[hash % kRegisters];
  const std::uint64_t rest = hash >> kIndexBits << kIndexBits | kRegisters >> 1;  // so that a run ends
  const auto run = static_cast<std::uint8_t>(std::countl_zero(rest) + 1);
  if (run <= longest) return;
  longest = run;
  count_ = estimate();
}

std::uint64_t FanOut::estimate() const {
  double sum = 0;
  int unused = 0;
  for (const std::uint8_t longest : registers_) {
    sum += std::ldexp(1.0, -longest);
    if (longest == 0) ++unused;
  }
  double estimate = kBias * kCount * kCount / sum;
  if (estimate <= 2.5 * kCount && unused > 0) estimate = kCount * std::log(kCount / unused);
  return static_cast<std::uint64_t>(std::llround(estimate));
}

void FanOut::write(base::ByteWriter& out) const {
  for (const std::uint8_t longest : registers_) out.byte(longest);
}

std::optional<FanOut> FanOut::read(base::ByteReader& in) {
  FanOut sketch;
  bool fits = true;
  for (std::uint8_t& longest : sketch.registers_) {
    longest = in.byte();
    fits = fits && longest <= kLongestRun;
  }
  if (!in.ok() || !fits) return std::nullopt;
  sketch.count_ = sketch.estimate();
  return sketch;
}

}  // namespace signpost::policy::limits
