// How many different recipients were met, in 64 bytes: HyperLogLog (Flajolet and others, 2007) with 64 registers. It knows
// nothing of what the hashes stand for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace signpost::policy::limits {

/// A standard error of an eighth; of a dozen it is one or two off at most. Whoever knows how to hash could choose recipients that look
/// like one: the hashes must be made with a secret key (base::SipHash), which stays the same as long as the sketch is kept.
class FanOut {
 public:
  static constexpr std::size_t kRegisters = 64;

  void add(std::uint64_t hash);
  std::uint64_t count() const { return count_; }

  void write(base::ByteWriter& out) const;
  /// Nullopt if it does not fit.
  static std::optional<FanOut> read(base::ByteReader& in);
  bool operator==(const FanOut&) const = default;

 private:
  std::uint64_t estimate() const;

  std::array<std::uint8_t, kRegisters> registers_{};  ///< the longest run of zeros that was met, and one
  std::uint64_t count_ = 0;                           ///< of the registers
};

}  // namespace signpost::policy::limits
