// The state of all limits in this process (see docs/flow.md for when they are charged). One mutex inside; callers
// see one call. The arithmetic of one rate is policy/limits/window (quotas) and policy/limits/gcra (paces), one
// key's rates are policy/limits/bucket, one limit's keys and their cap policy/limits/capped_buckets. Keeps nothing on
// disk: it gives the bytes that have to be saved, and takes them back.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "policy/limits/limiter.h"
#include "policy/settings.h"

namespace signpost::policy::limits {

/// Thread-safe. Every call is bounded by the number of charges; list, reset and retain by the number of buckets; all
/// but reset release the lock every thousand. Memory is bounded by LimitSettings::max_keys of each limit.
class Buckets final : public Limiter {
 public:
  Buckets();
  ~Buckets() override;

  tl::expected<Reserved, LimitHit> reserve(const std::vector<Charge>& charges, base::Steady now) override;
  void commit(ReservationId id, base::Steady now) override;
  void release(ReservationId id, base::Steady now) override;
  tl::expected<std::vector<LimitHit>, LimitHit> judge(const std::vector<Charge>& charges,
                                                      base::Steady now) const override;
  std::optional<BucketState> peek(std::string_view limit, std::string_view key,
                                  base::Steady now) const override;
  std::vector<BucketState> list(std::string_view limit, std::size_t max, base::Steady now) const override;
  std::size_t reset(std::string_view limit, std::string_view key, base::Steady now) override;

  std::vector<std::uint64_t> used(const Charge& charge, base::Steady now) const override;
  std::size_t size() const override;
  std::vector<KeyCount> key_counts() const override;

  /// Visits some buckets of each limit and drops those that are idle. Charges do the same for their limit; this is for
  /// limits that are not charged any more.
  void sweep(std::size_t count, base::Steady now);

  /// Bytes to be saved, of at most so many buckets. They hold committed use only.
  struct Part {
    std::string bytes;        ///< as `add` reads them
    std::size_t records = 0;  ///< 0: there is nothing to save
    bool more = false;        ///< there may be more; else all was given
  };
  /// What changed since it was given the last time. If it cannot be saved, begin_round: it is not given again.
  Part take_changes(std::size_t max, base::Steady now);
  /// Begins to give every bucket once, in parts, so that nothing saved before is needed any more. Ends a round that
  /// was not finished.
  void begin_round();
  /// The next part of the round. Buckets that take_changes gave since it began are left out.
  Part take_round(std::size_t max, base::Steady now);
  /// The buckets of these charges only, with their reservations counted as committed: with it, a reader judges as this
  /// process does at this moment.
  std::string save(const std::vector<Charge>& charges, base::Steady now) const override;
  /// Takes what was saved; later parts must be added after earlier ones. `saved_at` is the moment of saving on this
  /// process's timeline: the caller computes it from wall clocks and clamps it to [now - longest window, now], so that
  /// a jumped clock locks no one out. Returns how many buckets it holds. Error `corrupt` for bytes that cannot be read:
  /// nothing is changed then.
  base::Result<std::size_t> add(std::string_view bytes, base::Steady saved_at, base::Steady now);
  /// Drops the state of limits that are not in `limits`, and of rates whose window changed. Apply runtime
  /// overrides to `limits` first, otherwise the rates that they set start empty. Exceptions are followed. A limit with a
  /// higher cap than before forgets what its keys shared.
  void retain(const std::vector<LimitSettings>& limits, base::Steady now);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace signpost::policy::limits
