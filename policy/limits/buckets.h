// The state of all limits in this process (see docs/flow.md for when they are charged). One mutex inside; callers
// see one call. The arithmetic of one rate is policy/limits/window (quotas) and policy/limits/gcra (paces), one
// key's rates are policy/limits/bucket, all of them policy/limits/bucket_table. Keeps nothing on disk: `save` gives
// bytes, `load` takes them.
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

/// Thread-safe. Every call is bounded by the number of charges (list, reset, retain, save and load by the
/// number of buckets). Memory is bounded by `max` buckets: idle ones are dropped little by little, and at
/// the cap a new key takes the place of one that was unused for long, whose use is then forgotten; mail is
/// not refused for it. Buckets with open reservations stay.
class Buckets final : public Limiter {
 public:
  static constexpr std::size_t kMaxBuckets = 1'000'000;
  explicit Buckets(std::size_t max = kMaxBuckets);
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

  /// Grows with every commit and reset. As long as it stays, what was saved last is still right and need not
  /// be written again.
  std::uint64_t changes() const;
  /// Committed state only, with a format version and a checksum. The lock is let go every thousand buckets.
  std::string save(base::Steady now) const;
  /// The same of the buckets of these charges alone, with their reservations counted as committed: what a
  /// reader needs to judge as is judged here at this moment.
  std::string save(const std::vector<Charge>& charges, base::Steady now) const override;
  /// As `load`, but what is there stays, except for buckets that `bytes` has too; on an error all of it.
  base::Result<std::size_t> add(std::string_view bytes, base::Steady saved_at);
  /// Takes the place of all that was there; to be called before the first reservation. `saved_at` is the
  /// moment of save on this process's timeline: the caller computes it from wall clocks and clamps it to [now
  /// - longest window, now], so that a jumped clock locks nobody out. Returns how many buckets. Error
  /// `corrupt` on anything not understood: it then starts empty.
  base::Result<std::size_t> load(std::string_view bytes, base::Steady saved_at);
  /// Drops the state of limits that are not in `limits`, and of rates whose window changed. Runtime overrides
  /// are to be put into `limits` before, else the rates they brought begin anew.
  void retain(const std::vector<LimitSettings>& limits, base::Steady now);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace signpost::policy::limits
