// The port through which limits are asked and charged. Buckets keeps them in this process; a fleet that shares them
// over the network implements the same calls. policy/limits/limits decides what a message charges; the
// implementation saves and loads its own state.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "policy/settings.h"

namespace signpost::policy::limits {

/// What one recipient (or message) would charge to one limit.
struct Charge {
  /// With the rates that hold for the key; of the pinned Snapshot, used during the call only. Without rates everything
  /// passes.
  const LimitSettings* limit = nullptr;
  std::string key;  ///< the key's values joined; names one bucket of that limit
  std::uint64_t amount = 1;
  /// Owns `limit` where an operator changed its rates.
  std::shared_ptr<const LimitSettings> changed = nullptr;
  RatesBy by = RatesBy::configuration;  ///< who set its rates
};

/// Why a reservation was refused.
struct LimitHit {
  std::string limit;  ///< name of the first limit that is full
  std::string key;    ///< of the bucket: of a shared one, its name (key.h: shared_key)
  LimitAction action = LimitAction::defer;
  /// How long until the whole call would pass, if nothing else were charged and everything reserved now were
  /// committed now; rounded up, at least 1.
  std::chrono::seconds retry_after{1};
};

/// One bucket, for `limit show` and `limit top`.
struct BucketState {
  std::string limit;
  std::string key;
  /// Per rate: committed and reserved within the window (a pace: tokens missing from the burst).
  std::vector<std::uint64_t> used;
  std::uint64_t reserved = 0;
};

/// How many keys of a limit have buckets in this process's memory.
struct KeyCount {
  std::string limit;
  std::size_t keys = 0;                 ///< with a bucket of their own; idle ones are among them for a while
  bool shared = false;                  ///< there was no room for others lately: they share buckets
  std::uint64_t charged_to_shared = 0;  ///< since the start
};

using ReservationId = std::uint64_t;

struct Reserved {
  ReservationId id = 0;            ///< 0 if there was nothing to reserve
  std::vector<LimitHit> observed;  ///< limits with action `observe` that are over; charged all the same
};

/// Thread-safe. `now` is this process's steady clock.
///
/// Deadline: mail waits in reserve, so each call of a message (reserve, commit, release, judge) returns within
/// kDeadline, however many others it has to ask; commit and release do not wait for an answer at all.
///
/// Fail-open: a limiter never fails. One that cannot ask the others in time answers from what it knows itself and
/// goes on counting, so that at worst mail is judged as if this process were alone: a lost network neither stops
/// mail nor lifts the limits.
class Limiter {
 public:
  static constexpr std::chrono::milliseconds kDeadline{100};
  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  virtual ~Limiter() = default;

  /// Reserves all charges together or none. Reservations count for everyone at once and are released by themselves
  /// after an hour. An amount above the burst (or the rate's count) passes when the bucket is empty of use. A rate
  /// of 0 lets nothing pass.
  virtual tl::expected<Reserved, LimitHit> reserve(const std::vector<Charge>& charges, base::Steady now) = 0;
  /// The message went out: what was reserved is used. Idempotent; unknown ids are ignored.
  virtual void commit(ReservationId id, base::Steady now) = 0;
  /// The message did not go out: nothing is left of the reservation. Idempotent; unknown ids are ignored.
  virtual void release(ReservationId id, base::Steady now) = 0;

  /// What reserve would answer; changes nothing (for explain and observe mode).
  virtual tl::expected<std::vector<LimitHit>, LimitHit> judge(const std::vector<Charge>& charges,
                                                              base::Steady now) const = 0;

  /// How much of the charge's bucket is used under each rate, reservations included; empty without a bucket.
  virtual std::vector<std::uint64_t> used(const Charge& charge, base::Steady now) const = 0;
  /// The buckets of these charges as Buckets::add reads them, for judging elsewhere by the same state.
  virtual std::string save(const std::vector<Charge>& charges, base::Steady now) const = 0;

  /// One bucket; nullopt if nothing of it is used or reserved.
  virtual std::optional<BucketState> peek(std::string_view limit, std::string_view key,
                                          base::Steady now) const = 0;
  /// At most `max` of them, fullest first. An empty limit means all.
  virtual std::vector<BucketState> list(std::string_view limit, std::size_t max, base::Steady now) const = 0;
  /// Empties the buckets of that limit (and key, if not empty). Returns how many. Open reservations stay.
  virtual std::size_t reset(std::string_view limit, std::string_view key, base::Steady now) = 0;
  /// Buckets in this process's memory.
  virtual std::size_t size() const = 0;
  /// Of each limit that is known here, in the order of their names.
  virtual std::vector<KeyCount> key_counts() const = 0;
};

}  // namespace signpost::policy::limits
