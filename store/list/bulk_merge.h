// One stretch of a sorted load within one transaction: where a new listing meets what is listed, and how many
// are new. store/list/bulk_load begins and ends the transactions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/list/listing_table.h"
#include "store/list/sorter.h"

namespace signpost::store::list {

/// A listing on its way through the sorter.
struct SortedListing {
  std::uint64_t number = 0;  ///< the caller's, for refusals
  std::size_t target = 0;    ///< which set, by the load's own count
  std::string_view record;   ///< of this listing alone, as it is stored if nothing else is there
};
std::string sort_key(const Place& place);
base::Result<Place> place_of_sort_key(std::string_view key);
std::string format_sorted(const SortedListing& listing);
/// Error `corrupt`: the file of the sorter was changed.
base::Result<SortedListing> parse_sorted(std::string_view bytes);

struct BulkTally {
  std::vector<std::uint64_t> fresh;  ///< entries that were not there before, by target
  std::uint64_t changed = 0;         ///< entries that were
  std::uint64_t kept = 0;            ///< of a replacement: fresh ones that the former generation had too
  std::uint64_t kept_hashed = 0;     ///< those of them that are hashed
  std::uint64_t refused = 0;
  std::vector<std::pair<std::uint64_t, base::Error>> refusals;  ///< the first of them
  void add(const BulkTally& other);
};

class BulkMerge {
 public:
  /// `former` is the generation that is being replaced, if one is.
  explicit BulkMerge(std::optional<std::uint64_t> former) : former_(former) {}

  /// Merges the next items of one sorted sequence and adds the result to `tally`. Without `out` it only counts.
  /// Errors: unavailable, corrupt (of the sorted file; damaged listings are refusals).
  base::Result<void> run(const lmdb::Transaction& transaction, lmdb::WriteTransaction* out,
                         std::span<const Sorter::Item> items, BulkTally& tally);

 private:
  base::Result<void> merge_group(const lmdb::Transaction& transaction, lmdb::WriteTransaction* out,
                                 std::span<const Sorter::Item> group, bool is_new, BulkTally& tally);
  base::Result<std::vector<Entry>> entries_at(const lmdb::Transaction& transaction, const Place& place,
                                              bool is_new, bool writing);

  std::optional<std::uint64_t> former_;
  std::string last_key_;  ///< of a pass that only counts, with what it would have written there
  std::vector<Entry> last_entries_;
};

}  // namespace signpost::store::list
