#include "policy/limits/bucket_table.h"

#include <algorithm>

namespace signpost::policy::limits {
namespace {

constexpr std::size_t kCandidates = 8;

}  // namespace

BucketTable::BucketTable(std::size_t max, const base::SipKey& seed) : max_(max), index_(0, Hash{seed}) {}

const Bucket* BucketTable::find(std::string_view limit, std::string_view key) const {
  const auto found = index_.find(Name{limit, key});
  return found == index_.end() ? nullptr : found->get();
}

Bucket* BucketTable::find(std::string_view limit, std::string_view key) {
  const auto found = index_.find(Name{limit, key});
  return found == index_.end() ? nullptr : found->get();
}

Bucket& BucketTable::obtain(std::string_view limit, std::string_view key) {
  if (Bucket* known = find(limit, key)) return *known;
  if (list_.size() >= max_) make_room();
  const auto made = index_.insert(std::make_unique<Bucket>(std::string(limit), std::string(key))).first;
  Bucket& bucket = **made;
  bucket.place = list_.size();
  list_.push_back(&bucket);
  return bucket;
}

void BucketTable::put(Bucket bucket) {
  Bucket& place = obtain(bucket.limit, bucket.key);
  bucket.place = place.place;
  place = std::move(bucket);
}

void BucketTable::drop(std::size_t place) {
  const auto found = index_.find(name_of({list_[place]->limit, list_[place]->key}));
  list_[place] = list_.back();
  list_[place]->place = place;
  list_.pop_back();
  index_.erase(found);
}

void BucketTable::sweep(std::size_t count, base::Steady now) {
  for (; count > 0 && !list_.empty(); --count) {
    if (hand_ >= list_.size()) hand_ = 0;
    if (list_[hand_]->idle(now)) {
      drop(hand_);
    } else {
      ++hand_;
    }
  }
}

void BucketTable::make_room() {
  const Bucket* oldest = nullptr;
  for (std::size_t i = 0; i < std::min(kCandidates, list_.size()); ++i) {
    hand_ = (hand_ + 1) % list_.size();
    const Bucket* candidate = list_[hand_];
    if (!candidate->held() && (oldest == nullptr || candidate->touched < oldest->touched)) oldest = candidate;
  }
  if (oldest != nullptr) drop(oldest->place);
}

}  // namespace signpost::policy::limits
