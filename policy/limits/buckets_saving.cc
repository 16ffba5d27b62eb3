// What buckets need of the disk: bytes of what changed, and back; and what a reload or time makes superfluous.
#include <algorithm>
#include <utility>

#include "policy/limits/bucket_records.h"
#include "policy/limits/buckets_state.h"
#include "policy/limits/exceptions.h"

namespace signpost::policy::limits {

void Buckets::sweep(std::size_t count, base::Steady now) {
  State& state = *state_;
  base::MutexLock lock(state.mutex);
  now = state.advance(now);
  state.release_ended(now);
  for (auto& [name, limit] : state.limits) limit.sweep(count, now);
}

Buckets::Part Buckets::take_changes(std::size_t max, base::Steady now) {
  State& state = *state_;
  base::MutexLock lock(state.mutex);
  now = state.advance(now);
  RecordWriter out;
  // What was forgotten before what was used since.
  const auto end =
      state.forgotten.begin() + static_cast<std::ptrdiff_t>(std::min(max, state.forgotten.size()));
  for (auto one = state.forgotten.begin(); one != end; ++one) {
    if (one->key) out.forget(one->limit, *one->key);
    if (!one->key) out.forget_all(one->limit);
  }
  state.forgotten.erase(state.forgotten.begin(), end);
  std::size_t visited = out.count();
  for (auto& [name, limit] : state.limits) {
    for (BucketTable* table : {&limit.own(), &limit.shared()}) {
      while (visited < max) {
        State::Entry* const entry = table->take_changed();
        if (entry == nullptr) break;
        ++visited;
        BucketTable::mark_saved(*entry, state.round);
        if (entry->second.is_unused(now)) {
          out.forget(name, entry->first);
        } else {
          out.add(name, entry->first, entry->second, now);
        }
      }
    }
  }
  const std::size_t records = out.count();
  return {out.take(), records, visited >= max};
}

void Buckets::begin_round() {
  base::MutexLock lock(state_->mutex);
  if (++state_->round == 0) state_->round = 1;
  state_->round_at = {};
}

Buckets::Part Buckets::take_round(std::size_t max, base::Steady now) {
  State& state = *state_;
  base::MutexLock lock(state.mutex);
  now = state.advance(now);
  const std::uint16_t round = state.round;
  RecordWriter out;
  state.walk_on(state.round_at, max, [&](const std::string& limit, BucketTable&, State::Entry& entry) {
    if (entry.second.is_unused(now) || entry.second.is_provisional()) return;
    if (!BucketTable::mark_saved(entry, round)) out.add(limit, entry.first, entry.second, now);
  });
  const std::size_t records = out.count();
  return {out.take(), records, !state.round_at.ended};
}

base::Result<std::size_t> Buckets::add(std::string_view bytes, base::Steady saved_at, base::Steady now) {
  std::vector<BucketRecord> read;
  const auto whole =
      read_records(bytes, saved_at, [&](BucketRecord record) { read.push_back(std::move(record)); });
  if (!whole) return tl::unexpected(whole.error());
  State& state = *state_;
  base::MutexLock lock(state.mutex);
  now = state.advance(now);
  std::size_t count = 0;
  const auto forget = [&](BucketTable& table, State::Entry& entry) {
    if (entry.second.held()) {
      entry.second.clear();
    } else {
      table.drop(entry);
    }
  };
  for (BucketRecord& record : read) {
    if (!record.key) {
      if (CappedBuckets* const limit = state.find(record.limit)) {
        for (BucketTable* table : {&limit->own(), &limit->shared()})
          for (std::size_t place = table->size(); place > 0; --place) forget(*table, table->at(place - 1));
      }
      continue;
    }
    const bool counts = record.bucket && !record.bucket->is_unused(now);
    BucketTable& table = state.obtain(record.limit).table_of(*record.key);
    if (counts) {
      table.obtain(*record.key).second.take_use(std::move(*record.bucket));
      ++count;
    } else if (State::Entry* const entry = table.find(*record.key)) {
      forget(table, *entry);
    }
  }
  return count;
}

void Buckets::retain(const std::vector<LimitSettings>& limits, base::Steady now) {
  State& state = *state_;
  const auto find = [&](std::string_view name) {
    return std::find_if(limits.begin(), limits.end(),
                        [&](const LimitSettings& known) { return known.name == name; });
  };
  {
    base::MutexLock lock(state.mutex);
    for (auto& [name, counted] : state.limits) {
      if (find(name) == limits.end()) state.forgotten.push_back({name, std::nullopt});
    }
    for (const LimitSettings& limit : limits) {
      for (std::string& key : state.obtain(limit.name).set_max_keys(limit.max_keys))
        state.forgotten.push_back({limit.name, std::move(key)});
    }
  }
  state.walk("", now, [&](const std::string& name, BucketTable& table, State::Entry& entry) {
    const auto limit = find(name);
    if (limit != limits.end()) {
      entry.second.follow(limit_for(*limit, entry.first));
    } else if (entry.second.held()) {
      entry.second.clear();
    } else {
      table.drop(entry);
    }
  });
  base::MutexLock lock(state.mutex);
  std::erase_if(state.limits,
                [&](const auto& one) { return find(one.first) == limits.end() && one.second.empty(); });
}

}  // namespace signpost::policy::limits
