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
/// the cap a new key replaces one that was unused for long, whose use is then forgotten; mail is
/// not refused because of that. Buckets with open reservations stay.
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

  /// Grows with every commit and reset. While it stays the same, the last saved state is up to date.
  std::uint64_t changes() const;
  /// Committed state only, with a format version and a checksum. The lock is released every thousand buckets.
  std::string save(base::Steady now) const;
  /// The same for the buckets of these charges only, with their reservations counted as committed: with it, a
  /// reader judges as this process does at this moment.
  std::string save(const std::vector<Charge>& charges, base::Steady now) const override;
  /// Like `load`, but keeps the buckets that are not in `bytes`; after an error it keeps all of them.
  base::Result<std::size_t> add(std::string_view bytes, base::Steady saved_at);
  /// Replaces everything; must be called before the first reservation. `saved_at` is the
  /// moment of save on this process's timeline: the caller computes it from wall clocks and clamps it to [now
  /// - longest window, now], so that a jumped clock locks no one out. Returns how many buckets. Error
  /// `corrupt` for bytes that cannot be read: it then starts empty.
  base::Result<std::size_t> load(std::string_view bytes, base::Steady saved_at);
  /// Drops the state of limits that are not in `limits`, and of rates whose window changed. Apply runtime
  /// overrides to `limits` first, otherwise the rates that they set start empty. Exceptions are followed.
  void retain(const std::vector<LimitSettings>& limits, base::Steady now);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace signpost::policy::limits
