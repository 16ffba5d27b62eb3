#include "store/list/carried.h"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "store/list/listing_table.h"
#include "store/list/place.h"
#include "store/tables.h"

namespace signpost::store::list {
namespace {

constexpr std::size_t kChunk = 1000;

bool is_former(const Entry& entry, const Former& former) {
  return entry.generation == former.generation && entry.listing.reason == former.name.reason &&
         entry.listing.tenant == former.name.tenant;
}

std::uint64_t count_of(const std::vector<Entry>& entries, const Former& former) {
  return static_cast<std::uint64_t>(std::count_if(
      entries.begin(), entries.end(), [&](const Entry& entry) { return is_former(entry, former); }));
}

Place place_at(std::string_view key) {
  return {tables::hashed, std::string(key), address_at(tables::hashed, key).value_or("")};
}

/// Calls `visit` for the places, a chunk of them in each transaction, that hold something of the set.
base::Result<void> for_chunks(
    lmdb::Env& env, const Former& former,
    const std::function<base::Result<void>(const std::vector<Place>&, std::uint64_t entries)>& visit) {
  std::string from;
  for (bool at_end = false; !at_end;) {
    std::vector<Place> places;
    std::uint64_t entries = 0;
    {
      const auto transaction = env.read();
      if (!transaction) return tl::unexpected(transaction.error());
      std::size_t seen = 0;
      base::Result<void> damaged;
      auto scanned = transaction->scan(tables::hashed, from, [&](const lmdb::Transaction::Pair& pair) {
        if (seen++ == kChunk) {
          from = pair.key;
          return false;
        }
        Place place = place_at(pair.key);
        const auto there = read_entries(place, pair.value);
        if (!there && there.error().kind != base::ErrorKind::corrupt)  // told elsewhere; it must not stop all
          damaged = tl::unexpected(there.error());
        const std::uint64_t here = there ? count_of(*there, former) : 0;
        entries += here;
        if (here > 0) places.push_back(std::move(place));
        return damaged.has_value();
      });
      if (!scanned) return scanned;
      if (!damaged) return damaged;
      at_end = seen <= kChunk;
    }
    if (auto visited = visit(places, entries); !visited) return visited;
  }
  return {};
}

base::Result<std::uint64_t> carry(lmdb::WriteTransaction& transaction, const Place& place,
                                  const Former& former, std::uint64_t generation) {
  auto entries = read_record(transaction, place);
  if (!entries) return tl::unexpected(entries.error());
  std::vector<Entry> twins;
  for (const Entry& entry : *entries) {
    if (!is_former(entry, former)) continue;
    const bool has_twin = std::any_of(entries->begin(), entries->end(), [&](const Entry& other) {
      return other.generation == generation && same_scope(other.listing, entry.listing);
    });
    if (has_twin) continue;
    twins.push_back(entry);
    twins.back().generation = generation;
  }
  if (twins.empty()) return 0;
  entries->insert(entries->end(), twins.begin(), twins.end());
  return write_record(transaction, place, *entries).map([&]() -> std::uint64_t { return twins.size(); });
}

}  // namespace

base::Result<std::uint64_t> count_hashed(lmdb::Env& env, const Former& former) {
  std::uint64_t count = 0;
  auto counted = for_chunks(env, former, [&](const std::vector<Place>&, std::uint64_t entries) {
    count += entries;
    return base::Result<void>{};
  });
  if (!counted) return tl::unexpected(counted.error());
  return count;
}

base::Result<std::uint64_t> carry_hashed(lmdb::Env& env, lmdb::Writer& writer, const Former& former,
                                         std::uint64_t generation) {
  std::uint64_t carried = 0;
  auto done = for_chunks(env, former, [&](const std::vector<Place>& places, std::uint64_t) {
    std::uint64_t here = 0;
    auto written = writer.run([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
      here = 0;  // it may run again
      for (const Place& place : places) {
        const auto twins = carry(transaction, place, former, generation);
        if (!twins) return tl::unexpected(twins.error());
        here += *twins;
      }
      return {};
    });
    carried += here;
    return written;
  });
  if (!done) return tl::unexpected(done.error());
  return carried;
}

}  // namespace signpost::store::list
