// All buckets, found by limit and key, in bounded memory: idle ones are dropped little by little, and at the cap
// the longest unused one of a small sample is dropped. Not thread-safe: policy/limits/buckets holds its lock around
// every call.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/siphash.h"
#include "policy/limits/bucket.h"

namespace signpost::policy::limits {

class BucketTable {
 public:
  /// Keys come from strangers, so the hash is keyed with `seed`, which they cannot guess: no one can make keys collide.
  BucketTable(std::size_t max, const base::SipKey& seed);

  const Bucket* find(std::string_view limit, std::string_view key) const;
  Bucket* find(std::string_view limit, std::string_view key);
  /// The bucket, made if it is missing. Pointers stay valid while the bucket is held (Bucket::held) or until the
  /// next call.
  Bucket& obtain(std::string_view limit, std::string_view key);
  /// Adds the bucket; replaces one of the same limit and key.
  void put(Bucket bucket);
  void drop(std::size_t place);
  /// Visits the next `count` buckets and drops those that are idle.
  void sweep(std::size_t count, base::Steady now);

  std::size_t size() const { return list_.size(); }
  /// Dropping moves the last bucket into the hole, so a walk from the end meets every bucket that stays.
  Bucket& at(std::size_t place) { return *list_[place]; }
  const Bucket& at(std::size_t place) const { return *list_[place]; }

 private:
  struct Name {
    std::string_view limit;
    std::string_view key;
    bool operator==(const Name&) const = default;
  };
  static Name name_of(const Name& name) { return name; }
  static Name name_of(const std::unique_ptr<Bucket>& bucket) { return {bucket->limit, bucket->key}; }
  struct Hash {
    using is_transparent = void;
    base::SipKey seed;
    template <class T>
    std::size_t operator()(const T& named) const {
      const Name name = name_of(named);
      base::SipHash hash(seed);
      hash.add(name.limit);
      hash.add(std::string_view("\0", 1));
      hash.add(name.key);
      return hash.finish();
    }
  };
  struct Equal {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return name_of(a) == name_of(b);
    }
  };
  void make_room();

  std::size_t max_;
  std::unordered_set<std::unique_ptr<Bucket>, Hash, Equal> index_;
  std::vector<Bucket*> list_;
  std::size_t hand_ = 0;  ///< where sweep and make_room continue
};

}  // namespace signpost::policy::limits
