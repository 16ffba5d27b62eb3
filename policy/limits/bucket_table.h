// The buckets of one limit by their key, and which of them are not saved yet. Knows no cap: that is
// policy/limits/capped_buckets. Not thread-safe: policy/limits/buckets holds its lock around every call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/siphash.h"
#include "policy/limits/bucket.h"

namespace signpost::policy::limits {

/// Keys come from strangers, so the hash is keyed with a seed, which they cannot guess: no one can make keys collide.
struct KeyHash {
  using is_transparent = void;
  base::SipKey seed;
  std::size_t operator()(std::string_view key) const {
    base::SipHash hash(seed);
    hash.add(key);
    return hash.finish();
  }
};

class BucketTable {
 public:
  using Entry = std::pair<const std::string, Bucket>;

  explicit BucketTable(const base::SipKey& seed) : index_(0, KeyHash{seed}) {}

  /// Stays where it is until it is dropped.
  const Entry* find(std::string_view key) const;
  Entry* find(std::string_view key);
  Entry& obtain(std::string_view key);
  void drop(Entry& entry);
  /// Visits the next `count` buckets and drops those that are idle, while there are at least `least`.
  void sweep(std::size_t count, base::Steady now, std::size_t least = 0);

  std::size_t size() const { return list_.size(); }
  /// Dropping moves the last bucket into the hole, so a walk from the end meets every bucket that stays.
  Entry& at(std::size_t place) { return *list_[place]; }

  void note_change(Entry& entry);
  /// One that changed since it was taken the last time; nullptr if there is none.
  Entry* take_changed();
  /// Whether it was marked with that number; marks it. 0 is never a number.
  static bool mark_saved(Entry& entry, std::uint16_t number) {
    return std::exchange(entry.second.saved_in_, number) == number;
  }

 private:
  void forget_change(Entry& entry);

  std::unordered_map<std::string, Bucket, KeyHash, std::equal_to<>> index_;
  std::vector<Entry*> list_;
  std::vector<Entry*> changed_;
  std::size_t hand_ = 0;  ///< where sweep continues
};

}  // namespace signpost::policy::limits
