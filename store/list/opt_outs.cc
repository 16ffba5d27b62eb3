#include "store/list/opt_outs.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "store/list/foldings.h"
#include "track/undo.h"

namespace signpost::store::list {
namespace {

using policy::Listing;

bool is_in_force(const Listing& known, const Listing& fresh) {
  return same_scope(known, fresh) && !(known.until && *known.until <= fresh.since);
}

/// Where the opt-out is written, and what stands there by now.
struct Target {
  Place place;
  std::vector<Entry> entries;
};

/// Reads all that writing there needs. An error means that nothing was written yet.
base::Result<std::vector<Target>> read_targets(const lmdb::Transaction& transaction, Sets& sets,
                                               const std::vector<Place>& places, const Listing& listing) {
  if (const auto set = sets.get(listing.reason, listing.tenant); !set) return tl::unexpected(set.error());
  if (const auto replacing = sets.replacing(); !replacing) return tl::unexpected(replacing.error());
  std::vector<Target> targets;
  for (const Place& place : places) {
    auto entries = read_record(transaction, place);
    if (!entries) return tl::unexpected(entries.error());
    if (auto pruned = sets.prune(*entries, true); !pruned) return tl::unexpected(pruned.error());
    targets.push_back({place, std::move(*entries)});
  }
  return targets;
}

/// The hashed places if there are hashes and all of them can be read; else the clear one.
base::Result<std::vector<Target>> targets_of(const lmdb::Transaction& transaction, Sets& sets,
                                             const SuppressionStore& list, const Place& clear,
                                             const Listing& listing) {
  const auto may_be_damaged = [](const base::Error& error) {
    return error.kind == base::ErrorKind::corrupt || error.kind == base::ErrorKind::invalid;
  };
  auto places = list.places_of_new(transaction, clear, listing.tenant, false);
  if (!places && !may_be_damaged(places.error())) return tl::unexpected(places.error());
  if (places) {
    auto targets = read_targets(transaction, sets, *places, listing);
    if (targets || !may_be_damaged(targets.error())) return targets;
  }
  return read_targets(transaction, sets, {clear}, listing);
}

/// True if nothing of the scope is in force at the clear place, whatever stands at those of its hashes.
base::Result<bool> is_new_in_the_clear(const lmdb::Transaction& transaction, Sets& sets, const Place& clear,
                                       const Listing& listing) {
  auto entries = read_record(transaction, clear);
  if (!entries && entries.error().kind == base::ErrorKind::corrupt) return true;
  if (!entries) return tl::unexpected(entries.error());
  if (auto pruned = sets.prune(*entries, true); !pruned) return tl::unexpected(pruned.error());
  return std::none_of(entries->begin(), entries->end(),
                      [&](const Entry& entry) { return is_in_force(entry.listing, listing); });
}

/// Removes the entries that `is_it` selects at one place, and returns their `since`.
base::Result<std::set<base::Wall>> remove_entries(lmdb::WriteTransaction& transaction, Sets& sets,
                                                  const Place& place,
                                                  const std::function<bool(const Listing&)>& is_it) {
  std::set<base::Wall> removed;
  auto entries = read_record(transaction, place);
  if (!entries) return tl::unexpected(entries.error());
  // If its set is being replaced, there may be one in the coming generation too.
  const auto kept = std::stable_partition(entries->begin(), entries->end(),
                                          [&](const Entry& entry) { return !is_it(entry.listing); });
  if (kept == entries->end()) return removed;
  for (auto gone = kept; gone != entries->end(); ++gone) {
    removed.insert(gone->listing.since);
    if (auto forgotten = sets.forget_entry(*gone); !forgotten) return tl::unexpected(forgotten.error());
  }
  entries->erase(kept, entries->end());
  return write_record(transaction, place, *entries).map([&] { return std::move(removed); });
}

}  // namespace

base::Result<bool> add_opt_out(lmdb::WriteTransaction& transaction, Sets& sets, const SuppressionStore& list,
                               Listing listing) {
  const auto clear = checked_place(listing, list.keys());
  if (!clear) return tl::unexpected(clear.error());
  const auto targets = targets_of(transaction, sets, list, *clear, listing);
  if (!targets) return tl::unexpected(targets.error());
  base::Result<bool> is_new = is_new_in_the_clear(transaction, sets, *clear, listing);
  if (!is_new) return is_new;

  for (const auto& [place, entries] : *targets) {
    Listing here = listing_at(place, listing);
    for (const Entry& entry : entries) {
      if (!is_in_force(entry.listing, listing)) continue;
      is_new = false;
      if (entry.listing.by == listing.by) continue;
      here.by = entry.listing.by;
      here.note = entry.listing.note;
      break;
    }
    // Nothing but a failing store prevents these any more.
    const auto added = add_listing(transaction, sets, place, std::move(here));
    const auto indexed = list.folded().index(transaction, place, listing.tenant);
    for (const base::Error* error : {added ? nullptr : &added.error(), indexed ? nullptr : &indexed.error()})
      if (error != nullptr) return base::fail(base::ErrorKind::unavailable, error->text);
  }
  return is_new;
}

base::Result<void> undo_opt_out(lmdb::WriteTransaction& transaction, Sets& sets, const SuppressionStore& list,
                                Listing listing) {
  const auto clear = checked_place(listing, list.keys());
  if (!clear) return tl::unexpected(clear.error());
  const auto is_it = [&](const Listing& one) {
    return same_scope(one, listing) && one.by == listing.by && one.since <= listing.since &&
           listing.since - one.since <= track::kUndoTime;
  };
  const auto before = read_record(transaction, *clear);
  auto removed = remove_entries(transaction, sets, *clear, is_it);
  if (!removed) return tl::unexpected(removed.error());
  if (!removed->empty()) {
    auto unindexed = list.folded().unindex(transaction, *clear, *before);
    if (!unindexed) return unindexed;
  }
  const auto foldings = list.folded().now();
  std::vector<HashedSpelling> spellings = hashed_spellings(*clear, list.keys(), *foldings);
  // Those of the address itself first: a mailbox's may be of another of its addresses, and goes only with its own.
  std::stable_partition(spellings.begin(), spellings.end(),
                        [](const HashedSpelling& one) { return !one.folds.has_value(); });
  for (const HashedSpelling& spelling : spellings) {
    if (!foldings->means(spelling, listing.tenant)) continue;
    auto here = remove_entries(transaction, sets, spelling.place, [&](const Listing& one) {
      return is_it(one) && (!spelling.folds || removed->count(one.since) > 0);
    });
    if (!here && here.error().kind == base::ErrorKind::corrupt) continue;  // it blocks; nobody can tell what
    if (!here) return tl::unexpected(here.error());
    removed->merge(*here);
  }
  return {};
}

}  // namespace signpost::store::list
