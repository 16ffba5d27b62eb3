// The sketch of different recipients against the true number.
#include "policy/limits/fan_out.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "base/siphash.h"

namespace signpost::policy::limits {
namespace {

std::uint64_t hash_of(std::uint64_t key, std::uint64_t number) {
  base::SipHash hash({key, 1});
  hash.add(std::to_string(number));
  return hash.finish();
}

TEST(FanOut, CountsDifferentOnesOnly) {
  FanOut sketch;
  EXPECT_EQ(sketch.count(), 0U);
  for (int i = 0; i < 1000; ++i) sketch.add(hash_of(1, 7));
  EXPECT_EQ(sketch.count(), 1U);
}

TEST(FanOut, IsNearForFew) {
  for (std::uint64_t key = 0; key < 100; ++key) {
    FanOut sketch;
    for (std::uint64_t i = 1; i <= 12; ++i) {
      sketch.add(hash_of(key, i));
      EXPECT_NEAR(static_cast<double>(sketch.count()), static_cast<double>(i), 5) << key;
    }
  }
}

TEST(FanOut, HasItsStandardErrorForMany) {
  for (const std::uint64_t many : {100, 300, 1000, 30'000}) {
    double squares = 0;
    constexpr std::uint64_t kKeys = 60;
    for (std::uint64_t key = 0; key < kKeys; ++key) {
      FanOut sketch;
      for (std::uint64_t i = 0; i < many; ++i) sketch.add(hash_of(key, i));
      const double off = static_cast<double>(sketch.count()) / static_cast<double>(many) - 1;
      squares += off * off;
    }
    EXPECT_LE(std::sqrt(squares / kKeys), 0.18) << many;
  }
}

TEST(FanOut, NeverShrinks) {
  FanOut sketch;
  std::uint64_t before = 0;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    sketch.add(hash_of(3, i));
    // Where the formula for few gives way to that for many, it may step back a little.
    EXPECT_GE(static_cast<double>(sketch.count()), 0.85 * static_cast<double>(before));
    before = std::max(before, sketch.count());
  }
}

TEST(FanOut, TakesAnyHash) {
  FanOut sketch;
  for (const std::uint64_t hash :
       {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{63}, std::uint64_t{1} << 63})
    sketch.add(hash);
  EXPECT_GT(sketch.count(), 0U);
  base::ByteWriter out;
  sketch.write(out);
  base::ByteReader in(out.bytes());
  EXPECT_EQ(FanOut::read(in), sketch);
}

TEST(FanOut, RefusesBytesThatNoneWrites) {
  std::string bytes(FanOut::kRegisters, '\0');
  base::ByteReader fine(bytes);
  EXPECT_TRUE(FanOut::read(fine));
  bytes[5] = 60;
  base::ByteReader long_run(bytes);
  EXPECT_FALSE(FanOut::read(long_run));
  base::ByteReader cut(std::string_view(bytes).substr(0, 40));
  EXPECT_FALSE(FanOut::read(cut));
}

}  // namespace
}  // namespace signpost::policy::limits
