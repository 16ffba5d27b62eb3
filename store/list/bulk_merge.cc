#include "store/list/bulk_merge.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "store/tables.h"

namespace signpost::store::list {
namespace {

constexpr std::size_t kShownRefusals = 100;

lmdb::Table table_of(std::string_view sort_key) {
  return static_cast<lmdb::Table>(sort_key.front());
}

/// Knows above which key a table has no records, so that nothing needs to be looked up there.
class Ends {
 public:
  explicit Ends(const lmdb::Transaction& transaction) : transaction_(transaction) {}
  /// True if the key is above all of its table. It is the last one from now on.
  base::Result<bool> is_above(lmdb::Table table, std::string_view key) {
    auto& end = ends_[static_cast<std::size_t>(table)];
    if (!end) {
      const auto last = transaction_.last_key(table);
      if (!last) return tl::unexpected(last.error());
      end = last->value_or("");
    }
    if (key <= *end) return false;
    end = key;
    return true;
  }

 private:
  const lmdb::Transaction& transaction_;
  std::array<std::optional<std::string>, kTableNames.size()> ends_;
};

base::Result<void> write_raw(lmdb::WriteTransaction& out, const Place& place, bool is_new,
                             std::string_view record) {
  return is_new ? out.append(place.table, place.key, record) : out.put(place.table, place.key, record);
}

bool has(const std::vector<Entry>& entries, std::uint64_t generation, const policy::Listing& listing) {
  return std::any_of(entries.begin(), entries.end(), [&](const Entry& entry) {
    return entry.generation == generation && same_scope(entry.listing, listing);
  });
}

}  // namespace

std::string sort_key(const Place& place) {
  std::string key(1, static_cast<char>(place.table));
  return key.append(place.key);
}

base::Result<Place> place_of_sort_key(std::string_view key) {
  const std::string_view at = key.substr(1);
  return address_at(table_of(key), at).map([&](std::string address) {
    return Place{table_of(key), std::string(at), std::move(address)};
  });
}

std::string format_sorted(const SortedListing& listing) {
  base::ByteWriter out;
  out.number(listing.number);
  out.number(listing.target);
  out.text(listing.record);
  return out.take();
}

base::Result<SortedListing> parse_sorted(std::string_view bytes) {
  base::ByteReader in(bytes);
  SortedListing listing;
  listing.number = in.number();
  listing.target = in.number();
  listing.record = in.text();
  if (in.ok() && in.at_end()) return listing;
  return base::fail(base::ErrorKind::corrupt, "the sorted data was changed while it was read");
}

void BulkTally::add(const BulkTally& other) {
  fresh.resize(std::max(fresh.size(), other.fresh.size()));
  for (std::size_t i = 0; i < other.fresh.size(); ++i) fresh[i] += other.fresh[i];
  changed += other.changed;
  kept += other.kept;
  kept_hashed += other.kept_hashed;
  refused += other.refused;
  for (const auto& refusal : other.refusals) {
    if (refusals.size() < kShownRefusals) refusals.push_back(refusal);
  }
}

base::Result<void> BulkMerge::run(const lmdb::Transaction& transaction, lmdb::WriteTransaction* out,
                                  std::span<const Sorter::Item> items, BulkTally& tally) {
  Ends ends(transaction);
  while (!items.empty()) {
    const std::string& key = items.front().key;
    const auto other =
        std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.key != key; });
    const auto group = items.first(static_cast<std::size_t>(other - items.begin()));
    items = items.subspan(group.size());
    const auto is_new = ends.is_above(table_of(key), std::string_view(key).substr(1));
    if (!is_new) return tl::unexpected(is_new.error());
    if (auto merged = merge_group(transaction, out, group, *is_new, tally); !merged) return merged;
  }
  return {};
}

/// What is listed there, or would be by now if this pass wrote anything.
base::Result<std::vector<Entry>> BulkMerge::entries_at(const lmdb::Transaction& transaction,
                                                       const Place& place, bool is_new, bool writing) {
  if (!writing && last_key_ == sort_key(place)) return last_entries_;
  if (is_new) return std::vector<Entry>{};
  return read_record(transaction, place);
}

base::Result<void> BulkMerge::merge_group(const lmdb::Transaction& transaction, lmdb::WriteTransaction* out,
                                          std::span<const Sorter::Item> group, bool is_new,
                                          BulkTally& tally) {
  const auto count = [&](std::size_t target) {
    if (tally.fresh.size() <= target) tally.fresh.resize(target + 1);
    ++tally.fresh[target];
  };
  if (is_new && group.size() == 1 && out != nullptr) {
    const auto sorted = parse_sorted(group.front().value);
    if (!sorted) return tl::unexpected(sorted.error());
    count(sorted->target);
    const std::string_view key = group.front().key;
    return out->append(table_of(key), key.substr(1), sorted->record);
  }
  const auto found = place_of_sort_key(group.front().key);
  if (!found) return tl::unexpected(found.error());
  const Place& place = *found;
  auto entries = entries_at(transaction, place, is_new, out != nullptr);
  if (!entries && entries.error().kind != base::ErrorKind::corrupt) return tl::unexpected(entries.error());
  if (entries) {
    Sets sets(transaction);
    if (auto pruned = sets.prune(*entries, true); !pruned) return pruned;
  }
  for (const Sorter::Item& item : group) {
    const auto sorted = parse_sorted(item.value);
    if (!sorted) return tl::unexpected(sorted.error());
    if (!entries) {
      ++tally.refused;
      if (tally.refusals.size() < kShownRefusals)
        tally.refusals.emplace_back(sorted->number, entries.error());
      continue;
    }
    auto coming = read_entries(place, sorted->record);
    if (!coming) return tl::unexpected(coming.error());
    Entry& entry = coming->front();
    const bool kept = former_ && has(*entries, *former_, entry.listing);
    if (!merge_entry(*entries, std::move(entry))) {
      ++tally.changed;
      continue;
    }
    count(sorted->target);
    if (kept) ++tally.kept;
    if (kept && place.table == tables::hashed) ++tally.kept_hashed;
  }
  if (!entries) return {};
  if (out != nullptr) return write_raw(*out, place, is_new, format_record(place.key, *entries));
  last_key_ = group.front().key;
  last_entries_ = std::move(*entries);
  return {};
}

}  // namespace signpost::store::list
