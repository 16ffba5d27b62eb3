// The buckets of one limit, and the rule for keys beyond its cap. Not thread-safe: policy/limits/buckets holds its lock
// around every call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "policy/limits/bucket_table.h"
#include "policy/limits/limiter.h"

namespace signpost::policy::limits {

/// At most `max_keys` keys have a bucket of their own. Keys come from whoever sends mail, so the rule must not let anyone
/// out of a limit by inventing some:
///  - Only an idle bucket is dropped, one that differs in nothing from a new one. A bucket that limits somebody stays,
///    whatever arrives.
///  - While there is no room, a key without a bucket counts in the shared one (key.h: shared_key), under its own rates.
///  - When there is room again, a key's own bucket begins with the use of the shared one, until that is idle. So no key
///    ever gets its rate twice in one window, once there and once here. A key with a reservation open there stays there.
///  - A bucket made so is provisional until mail is committed in it: asking alone fills no place.
/// An operator who raises `max_keys` empties the shared ones.
/// Shared buckets are as many as there are tenants, streams and exceptions; the cap does not count them. Each call costs
/// O(1), but for an exception's key beyond the cap, whose terms are spelled.
class CappedBuckets {
 public:
  using Entry = BucketTable::Entry;

  explicit CappedBuckets(const base::SipKey& seed)
      : own_(seed), shared_(seed), open_in_shared_(0, KeyHash{seed}) {}

  /// Where a charge counts.
  struct Place {
    Entry* entry = nullptr;           ///< nullptr: nothing is used there yet
    std::string shared_key = {};      ///< not empty: it is shared
    const Bucket* heir_of = nullptr;  ///< what its own bucket begins with
  };
  /// `planned`: how many more buckets of their own the caller is going to make before this one.
  Place find_place(const Charge& charge, base::Steady now, std::size_t planned = 0);
  /// Makes the bucket of find_place if need be. For a reservation, which must end.
  Entry& obtain(const Charge& charge, base::Steady now);
  /// A reservation that obtain gave this key a shared bucket for has ended.
  void leave_shared(const std::string& key);
  /// Drops it if it is provisional and nobody holds it.
  void drop_if_useless(Entry& entry);

  /// Finds it by its own name, or by that of a shared one.
  Entry* find(std::string_view key) { return table_of(key).find(key); }
  BucketTable& table_of(std::string_view key);
  BucketTable& own() { return own_; }
  BucketTable& shared() { return shared_; }

  void sweep(std::size_t count, base::Steady now);
  /// The cap of the configuration in force. Returns the names of the shared buckets that were emptied.
  std::vector<std::string> set_max_keys(std::uint64_t max_keys);
  std::size_t keys() const { return own_.size(); }
  /// Keys share a bucket: there was no room lately.
  bool is_shared() const { return shared_.size() > 0; }
  std::uint64_t charged_to_shared() const { return charged_to_shared_; }
  bool empty() const { return own_.size() + shared_.size() == 0; }

 private:
  BucketTable own_;
  BucketTable shared_;
  std::unordered_map<std::string, std::uint32_t, KeyHash, std::equal_to<>> open_in_shared_;  ///< reservations
  std::uint64_t charged_to_shared_ = 0;
  std::optional<std::uint64_t> max_keys_;  ///< of set_max_keys; a charge brings that of its own Snapshot
};

}  // namespace signpost::policy::limits
