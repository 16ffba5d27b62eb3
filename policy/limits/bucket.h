// One bucket: the use of one key under the rates of one limit, and its record for saving.
// policy/limits/bucket_table owns all buckets, policy/limits/buckets locks them.
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
  Bucket(std::string limit_name, std::string key_value)
      : limit(std::move(limit_name)), key(std::move(key_value)) {}

  /// Adopts the limit's rates if they changed; rates whose window stays the same keep their count, the others
  /// start empty.
  void follow(const LimitSettings& settings);
  /// How long until `amount` passes under every rate, zero if it does now. Reservations count as used at
  /// this moment.
  std::chrono::nanoseconds wait(std::uint64_t amount, base::Steady now) const;
  void reserve(std::uint64_t amount);
  void release(std::uint64_t amount);
  /// Releases the reservation and counts it as used.
  void commit(std::uint64_t amount, base::Steady now);
  /// Forgets all use. Reservations stay: their messages are still being received.
  void clear();

  bool held() const { return holders_ > 0; }
  std::uint64_t reserved() const { return reserved_; }
  /// True if nothing is used or reserved: dropping the bucket changes no answer.
  bool idle(base::Steady now) const;
  std::vector<std::uint64_t> used(base::Steady now) const;  ///< per rate, reservations included
  double fullness(base::Steady now) const;                  ///< of its fullest rate; 1 is full

  void write(base::ByteWriter& out, base::Steady now) const;
  static std::optional<Bucket> read(base::ByteReader& in, base::Steady saved_at);

  std::string limit;
  std::string key;
  base::Steady touched{};  ///< last reserved; decides which bucket to drop first
  std::size_t place = 0;   ///< in the table's list; only for the table

 private:
  std::vector<Meter> meters_;
  std::uint64_t reserved_ = 0;
  std::uint64_t holders_ = 0;  ///< open reservations, also those of amount 0
};

}  // namespace signpost::policy::limits
