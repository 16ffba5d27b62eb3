// A quota: how much was used in a sliding window, exact to a sixteenth of it. Knows the arithmetic of one rate only;
// policy/limits/buckets does the locking and the reservations.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace signpost::policy::limits {

/// a + b, or the largest number.
constexpr std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? ~std::uint64_t{0} : sum;
}

/// Use is kept in slices of a sixteenth. A window that ends now touches at most 17 of them; the oldest counts
/// whole, so that no window of that length, wherever it begins, ever holds more than was allowed. Slices without
/// use take no memory. Times must not go back from call to call (an earlier one counts as the latest seen).
class Window {
 public:
  explicit Window(std::chrono::nanoseconds length);

  void add(std::uint64_t amount, base::Steady now);
  std::uint64_t used(base::Steady now) const;

  /// How long until `amount` fits under `count`, zero if it does now. `reserved` counts as used at this
  /// moment. An amount above the count fits when nothing is used; a count of zero never admits anything (the
  /// answer is then the length).
  std::chrono::nanoseconds wait(std::uint64_t count, std::uint64_t reserved, std::uint64_t amount,
                                base::Steady now) const;

  /// For saving: what was used how long ago at least, oldest first. add()ing each at (moment of save - age)
  /// restores it, rounded to the strict side.
  struct Use {
    std::chrono::nanoseconds age;
    std::uint64_t amount;
  };
  std::vector<Use> uses(base::Steady now) const;

 private:
  struct Slice {
    std::int64_t index;
    std::uint64_t amount;
  };
  std::int64_t index_of(base::Steady time) const;
  bool counts(const Slice& slice, std::int64_t now) const;

  std::chrono::nanoseconds slice_;  ///< a sixteenth of the length, rounded up
  std::vector<Slice> slices_;       ///< ascending
};

}  // namespace signpost::policy::limits
