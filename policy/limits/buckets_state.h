// What policy/limits/buckets keeps under its lock. For its two sources only: buckets.cc answers for mail and people,
// buckets_saving.cc for the disk.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/mutex.h"
#include "policy/limits/buckets.h"
#include "policy/limits/capped_buckets.h"

namespace signpost::policy::limits {

struct Buckets::State {
  using Entry = BucketTable::Entry;
  struct Held {
    CappedBuckets* limit;
    Entry* entry;  ///< held, so the table keeps it
    std::uint64_t amount;
    std::string key = {};  ///< of the charge, if the bucket is a shared one

    /// After it was committed or released.
    void let_go() const {
      if (!key.empty()) limit->leave_shared(key);
      limit->drop_if_useless(*entry);
    }
  };
  struct Reservation {
    std::vector<Held> held;
    base::Steady ends;
  };
  /// Where a walk over all buckets is: `left` of one table are still to be visited, then the other, then the next limit.
  struct Cursor {
    std::string limit;
    bool shared = false;
    std::size_t left = ~std::size_t{0};
    bool ended = false;
  };
  /// What was saved of it must be forgotten. No key: of the whole limit.
  struct Forgotten {
    std::string limit;
    std::optional<std::string> key;
  };
  static constexpr std::size_t kChunk = 1000;  ///< buckets visited before the lock is released

  State() {
    const std::string bytes = base::random_bytes(sizeof(base::SipKey));
    std::memcpy(seed.data(), bytes.data(), sizeof(seed));
  }

  /// Threads read the clock before they wait for the lock; under it time must not go back.
  base::Steady advance(base::Steady now) REQUIRES(mutex) { return latest = std::max(latest, now); }

  void release_ended(base::Steady now) REQUIRES(mutex) {
    while (!reservations.empty() && reservations.begin()->second.ends <= now) {
      give_back(reservations.begin()->second.held);
      reservations.erase(reservations.begin());
    }
  }
  static void give_back(const std::vector<Held>& held) {
    for (const Held& one : held) {
      one.entry->second.release(one.amount);
      one.let_go();
    }
  }

  CappedBuckets* find(std::string_view limit) REQUIRES(mutex) {
    const auto found = limits.find(limit);
    return found == limits.end() ? nullptr : &found->second;
  }
  CappedBuckets& obtain(const std::string& limit) REQUIRES(mutex) {
    return limits.try_emplace(limit, seed).first->second;
  }

  /// Calls visit(limit name, table, entry) for the next `max` buckets from the cursor on, from the last of a table to
  /// the first: one that moves meanwhile may be visited twice, one made meanwhile may be missed. `visit` may drop the
  /// bucket that it is given.
  template <class Visit>
  void walk_on(Cursor& cursor, std::size_t max, const Visit& visit) REQUIRES(mutex) {
    for (std::size_t visited = 0; visited < max && !cursor.ended;) {
      const auto at = limits.lower_bound(cursor.limit);
      if (at == limits.end()) {
        cursor.ended = true;
        return;
      }
      if (at->first != cursor.limit) cursor = {at->first};
      BucketTable& table = cursor.shared ? at->second.shared() : at->second.own();
      cursor.left = std::min(cursor.left, table.size());
      for (; cursor.left > 0 && visited < max; ++visited) visit(at->first, table, table.at(--cursor.left));
      if (cursor.left > 0) return;
      // The next name in order is this one with a zero behind.
      cursor = cursor.shared ? Cursor{cursor.limit + '\0'} : Cursor{cursor.limit, true};
    }
  }

  /// The same for all buckets, or those of one limit; the lock is released between chunks.
  template <class Visit>
  void walk(std::string_view only, base::Steady now, const Visit& visit) EXCLUDES(mutex) {
    Cursor cursor{std::string(only)};
    while (!cursor.ended) {
      base::MutexLock lock(mutex);
      release_ended(advance(now));
      walk_on(cursor, kChunk, [&](const std::string& limit, BucketTable& table, Entry& entry) {
        if (only.empty() || limit == only) visit(limit, table, entry);
      });
      if (!only.empty() && cursor.limit != only) return;
    }
  }

  base::Mutex mutex;
  base::SipKey seed;
  std::map<std::string, CappedBuckets, std::less<>> limits GUARDED_BY(mutex);
  std::map<ReservationId, Reservation> reservations GUARDED_BY(mutex);  ///< ids grow, so the first ends first
  ReservationId last_id GUARDED_BY(mutex) = 0;
  base::Steady latest GUARDED_BY(mutex) = base::Steady::min();

  std::vector<Forgotten> forgotten GUARDED_BY(mutex);  ///< since take_changes gave them
  std::uint16_t round GUARDED_BY(mutex) = 1;           ///< never 0
  Cursor round_at GUARDED_BY(mutex);
};

}  // namespace signpost::policy::limits
