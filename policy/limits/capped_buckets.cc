#include "policy/limits/capped_buckets.h"

#include <algorithm>

#include "policy/limits/key.h"

namespace signpost::policy::limits {
namespace {

constexpr std::size_t kCandidates = 16;  ///< looked at for an idle one when a key finds no room

}  // namespace

BucketTable& CappedBuckets::table_of(std::string_view key) {
  return is_shared_key(key) ? shared_ : own_;
}

CappedBuckets::Place CappedBuckets::find_place(const Charge& charge, base::Steady now, std::size_t planned) {
  if (Entry* known = own_.find(charge.key)) return {known};
  const std::uint64_t max_keys = std::max<std::uint64_t>(1, charge.limit->max_keys);
  const bool stays = open_in_shared_.find(std::string_view(charge.key)) != open_in_shared_.end();
  const auto has_room = [&] { return !stays && own_.size() + planned < max_keys; };
  if (!has_room()) own_.sweep(kCandidates, now, max_keys - std::min<std::uint64_t>(max_keys - 1, planned));
  if (has_room() && shared_.size() == 0) return {};

  std::string name = shared_key(*charge.limit, charge.key);
  Entry* const shared = shared_.find(name);
  if (!has_room()) return {shared, std::move(name)};
  if (shared == nullptr || shared->second.is_idle(now)) return {};
  return {nullptr, {}, &shared->second};
}

CappedBuckets::Entry& CappedBuckets::obtain(const Charge& charge, base::Steady now) {
  const Place place = find_place(charge, now);
  if (!place.shared_key.empty()) {
    ++charged_to_shared_;
    ++open_in_shared_[charge.key];
  }
  if (place.entry != nullptr) return *place.entry;
  if (!place.shared_key.empty()) return shared_.obtain(place.shared_key);
  Entry& made = own_.obtain(charge.key);
  if (place.heir_of != nullptr) made.second.inherit(*place.heir_of);
  return made;
}

void CappedBuckets::leave_shared(const std::string& key) {
  const auto found = open_in_shared_.find(key);
  if (found != open_in_shared_.end() && --found->second == 0) open_in_shared_.erase(found);
}

void CappedBuckets::drop_if_useless(Entry& entry) {
  if (entry.second.is_provisional() && !entry.second.held()) own_.drop(entry);
}

void CappedBuckets::sweep(std::size_t count, base::Steady now) {
  own_.sweep(count, now);
  shared_.sweep(count, now);
}

std::vector<std::string> CappedBuckets::set_max_keys(std::uint64_t max_keys) {
  const bool raised = max_keys_ && max_keys > *max_keys_;
  max_keys_ = max_keys;
  std::vector<std::string> emptied;
  for (std::size_t place = shared_.size(); raised && place > 0; --place) {
    Entry& entry = shared_.at(place - 1);
    emptied.push_back(entry.first);
    if (entry.second.held()) {
      entry.second.clear();
    } else {
      shared_.drop(entry);
    }
  }
  return emptied;
}

}  // namespace signpost::policy::limits
