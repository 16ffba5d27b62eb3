#include "policy/limits/bucket_table.h"

namespace signpost::policy::limits {

const BucketTable::Entry* BucketTable::find(std::string_view key) const {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &*found;
}

BucketTable::Entry* BucketTable::find(std::string_view key) {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &*found;
}

BucketTable::Entry& BucketTable::obtain(std::string_view key) {
  const auto [entry, added] = index_.try_emplace(std::string(key));
  if (added) {
    entry->second.place_ = static_cast<std::uint32_t>(list_.size());
    list_.push_back(&*entry);
  }
  return *entry;
}

void BucketTable::drop(Entry& entry) {
  forget_change(entry);
  Entry* const last = list_.back();
  list_[entry.second.place_] = last;
  last->second.place_ = entry.second.place_;
  list_.pop_back();
  index_.erase(index_.find(std::string_view(entry.first)));
}

void BucketTable::sweep(std::size_t count, base::Steady now, std::size_t least) {
  for (; count > 0 && !list_.empty() && list_.size() >= least; --count) {
    if (hand_ >= list_.size()) hand_ = 0;
    if (list_[hand_]->second.is_idle(now)) {
      drop(*list_[hand_]);
    } else {
      ++hand_;
    }
  }
}

void BucketTable::note_change(Entry& entry) {
  if (entry.second.changed_ != 0) return;
  changed_.push_back(&entry);
  entry.second.changed_ = static_cast<std::uint32_t>(changed_.size());
}

BucketTable::Entry* BucketTable::take_changed() {
  if (changed_.empty()) return nullptr;
  Entry* const entry = changed_.back();
  forget_change(*entry);
  return entry;
}

void BucketTable::forget_change(Entry& entry) {
  const std::uint32_t changed = std::exchange(entry.second.changed_, 0);
  if (changed == 0) return;
  Entry* const last = changed_.back();
  changed_.pop_back();
  if (last != &entry) {
    changed_[changed - 1] = last;
    last->second.changed_ = changed;
  }
  if (changed_.empty()) changed_ = {};  // after a flood it would keep its memory
}

}  // namespace signpost::policy::limits
