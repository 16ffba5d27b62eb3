// One bucket: the use of one key under the rates of one limit, and its bytes for saving.
// policy/limits/bucket_table owns the buckets of a limit, policy/limits/buckets locks them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "policy/limits/gcra.h"
#include "policy/limits/window.h"
#include "policy/settings.h"

namespace signpost::policy::limits {

/// One rate of a bucket: a quota or, if it has a burst, a pace.
class Meter {
 public:
  Meter(const Rate& rate, std::optional<std::uint64_t> burst);

  /// True if the count so far can continue under that rate: it has the same window, and a pace stays a pace.
  bool can_follow(const Rate& rate, std::optional<std::uint64_t> burst) const;
  /// Continues under that rate. Requires can_follow.
  void follow(const Rate& rate, std::optional<std::uint64_t> burst);
  bool is(const Rate& rate, std::optional<std::uint64_t> burst) const {
    return rate_ == rate && burst_ == burst;
  }

  void add(std::uint64_t amount, base::Steady now);
  void clear() { *this = Meter(rate_, burst_); }
  std::uint64_t used(base::Steady now) const;
  std::uint64_t capacity() const;
  std::chrono::nanoseconds wait(std::uint64_t reserved, std::uint64_t amount, base::Steady now) const;

  void write(base::ByteWriter& out, base::Steady now) const;
  /// Nullopt if it does not fit (the reader is then no longer ok, or a number is out of its range).
  static std::optional<Meter> read(base::ByteReader& in, base::Steady saved_at);

 private:
  Rate rate_;
  std::optional<std::uint64_t> burst_;
  std::variant<Window, Gcra> state_;
};

class Bucket {
 public:
  /// Adopts the limit's rates if they changed; rates whose window stays the same keep their count, the others
  /// start empty.
  void follow(const LimitSettings& settings);
  /// Begins with the use of a bucket that its key shared until now: what the key used there still counts. Reservations
  /// there are others'. It is then provisional.
  void inherit(const Bucket& shared);
  /// How long until `amount` passes under every rate, zero if it does now. Reservations count as used at
  /// this moment.
  std::chrono::nanoseconds wait(std::uint64_t amount, base::Steady now) const;
  void reserve(std::uint64_t amount);
  void release(std::uint64_t amount);
  /// Releases the reservation and counts it as used.
  void commit(std::uint64_t amount, base::Steady now);
  /// Forgets all use. Reservations stay: their messages are still being received.
  void clear();
  /// Takes the use of another; reservations stay.
  void take_use(Bucket&& other);

  bool held() const { return holders_ > 0; }
  std::uint64_t reserved() const { return reserved_; }
  bool is_unused(base::Steady now) const;  ///< but for reservations
  /// True if nothing is used or reserved: dropping the bucket forgets nothing.
  bool is_idle(base::Steady now) const { return !held() && is_unused(now); }
  /// All its use is inherited. Worth keeping only while it is held: made again, it would inherit the same.
  bool is_provisional() const { return provisional_; }
  std::vector<std::uint64_t> used(base::Steady now) const;  ///< per rate, reservations included
  double fullness(base::Steady now) const;                  ///< of its fullest rate; 1 is full

  void write(base::ByteWriter& out, base::Steady now) const;
  static std::optional<Bucket> read(base::ByteReader& in, base::Steady saved_at);

 private:
  friend class BucketTable;

  std::vector<Meter> meters_;
  std::uint64_t reserved_ = 0;
  std::uint32_t holders_ = 0;  ///< open reservations, also those of amount 0
  // Of the table:
  std::uint32_t place_ = 0;    ///< in the list of all
  std::uint32_t changed_ = 0;  ///< one more than the place in the list of changed ones; 0: it is not there
  std::uint16_t saved_in_ = 0;
  bool provisional_ = false;
};

}  // namespace signpost::policy::limits
