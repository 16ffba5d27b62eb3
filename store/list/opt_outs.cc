#include "store/list/opt_outs.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "track/undo.h"

namespace signpost::store::list {
namespace {

using policy::Listing;

bool is_damage(const base::Error& error) {
  return error.kind == base::ErrorKind::corrupt || error.kind == base::ErrorKind::invalid;
}

/// What is listed there by now, of the current generation; of a damaged record nothing.
base::Result<std::vector<Entry>> known_at(const lmdb::Transaction& transaction, Sets& sets,
                                          const Place& place) {
  auto entries = read_record(transaction, place);
  auto pruned = entries ? sets.prune(*entries, false) : tl::unexpected(entries.error());
  if (pruned) return entries;
  if (is_damage(pruned.error())) return std::vector<Entry>{};
  return tl::unexpected(pruned.error());
}

/// Whether everything that adding at these places needs can be read. An error means that nothing was written yet.
base::Result<void> check_readable(const lmdb::Transaction& transaction, Sets& sets,
                                  const std::vector<Place>& places, const Listing& listing) {
  if (const auto set = sets.get(listing.reason, listing.tenant); !set) return tl::unexpected(set.error());
  if (const auto replacing = sets.replacing(); !replacing) return tl::unexpected(replacing.error());
  for (const Place& place : places) {
    auto entries = read_record(transaction, place);
    if (!entries) return tl::unexpected(entries.error());
    if (auto pruned = sets.prune(*entries, true); !pruned) return pruned;
  }
  return {};
}

/// The hashed places if there are hashes and all of them can be read; else the clear one.
base::Result<std::vector<Place>> places_for(const lmdb::Transaction& transaction, Sets& sets,
                                            const SuppressionStore& list, const Place& clear,
                                            const Listing& listing) {
  auto places = list.places_of_new(transaction, clear, listing.tenant, false);
  if (!places && !is_damage(places.error())) return places;
  if (places) {
    const auto readable = check_readable(transaction, sets, *places, listing);
    if (readable) return places;
    if (!is_damage(readable.error())) return tl::unexpected(readable.error());
  }
  return check_readable(transaction, sets, {clear}, listing).map([&] { return std::vector<Place>{clear}; });
}

/// Removes the entries that `is_it` selects at one place.
base::Result<void> remove_entries(lmdb::WriteTransaction& transaction, Sets& sets, const Place& place,
                                  const std::function<bool(const Listing&)>& is_it) {
  auto entries = read_record(transaction, place);
  if (!entries) return tl::unexpected(entries.error());
  const auto kept = std::stable_partition(entries->begin(), entries->end(),
                                          [&](const Entry& entry) { return !is_it(entry.listing); });
  if (kept == entries->end()) return {};
  // If its set is being replaced, there may be one in the coming generation too.
  for (auto gone = kept; gone != entries->end(); ++gone) {
    if (auto forgotten = sets.forget_entry(*gone); !forgotten) return forgotten;
    if (auto forgotten = sets.forget_coming(*gone); !forgotten) return forgotten;
  }
  entries->erase(kept, entries->end());
  return write_record(transaction, place, *entries);
}

}  // namespace

base::Result<bool> add_opt_out(lmdb::WriteTransaction& transaction, Sets& sets, const SuppressionStore& list,
                               Listing listing) {
  const auto clear = checked_place(listing, list.keys());
  if (!clear) return tl::unexpected(clear.error());
  const auto places = places_for(transaction, sets, list, *clear, listing);
  if (!places) return tl::unexpected(places.error());

  bool is_new = true;
  std::vector<Place> own = hashed_places(*clear, list.keys());
  own.push_back(*clear);
  for (const Place& place : own) {
    const auto entries = known_at(transaction, sets, place);
    if (!entries) return tl::unexpected(entries.error());
    for (const auto& [known, generation] : *entries) {
      if (!same_scope(known, listing) || (known.until && *known.until <= listing.since)) continue;
      is_new = false;
      // A report makes no shorter what somebody else listed.
      listing.until = later_end(known.until, listing.until);
      if (is_by_recipient(known.by) || known.by == listing.by) continue;
      listing.by = known.by;
      listing.note = known.note;
    }
  }
  for (const Place& place : *places) {
    Listing here = listing_at(place, listing);
    // The first is the address's own, the others stand for its whole mailbox.
    if (&place != &places->front()) here.by = by_in_mailbox(here.by, places->front());
    const auto there = known_at(transaction, sets, place);
    if (!there) return tl::unexpected(there.error());
    for (const auto& [known, generation] : *there) {
      if (same_scope(known, here)) here.by = by_of_both(known.by, here.by);
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
  const auto undo_at = [&](const Place& place, const std::string& by) {
    return remove_entries(transaction, sets, place, [&](const Listing& one) {
      return same_scope(one, listing) && one.by == by && one.since <= listing.since &&
             listing.since - one.since <= track::kUndoTime;
    });
  };
  const auto before = read_record(transaction, *clear);
  if (auto undone = undo_at(*clear, listing.by); !undone) return undone;
  if (auto unindexed = list.folded().unindex(transaction, *clear, *before); !unindexed) return unindexed;
  for (const Place& own : hashed_places(*clear, list.keys())) {
    std::vector<std::pair<Place, std::string>> hashes = {{own, listing.by}};
    for (const mail::Folds folds : list.folded().ways_of(listing.tenant)) {
      const auto mailbox = folded_place(*clear, folds);
      if (!mailbox) continue;
      for (Place& hashed : hashed_places(*mailbox, list.keys()))
        hashes.emplace_back(std::move(hashed), by_in_mailbox(listing.by, own));
    }
    for (const auto& [place, by] : hashes) {
      auto undone = undo_at(place, by);
      // What is damaged blocks, and nobody can tell what is in it.
      if (!undone && !is_damage(undone.error())) return undone;
    }
  }
  return {};
}

base::Result<bool> withdraw(lmdb::WriteTransaction& transaction, Sets& sets, const SuppressionStore& list,
                            Listing listing) {
  const auto clear = checked_place(listing, list.keys());
  if (!clear) return tl::unexpected(clear.error());
  const auto replacing = sets.replacing();
  if (!replacing) return tl::unexpected(replacing.error());
  const Replacing* const to = *replacing;
  if (to != nullptr && to->name.reason == listing.reason && to->name.tenant == listing.tenant) return false;
  if (listing.as_given.empty()) listing.as_given = listing.address;
  const auto is_it = [&](const Listing& one) { return one == listing; };
  const auto before = read_record(transaction, *clear);
  if (!before) return tl::unexpected(before.error());
  auto current = *before;
  if (auto pruned = sets.prune(current, false); !pruned) return tl::unexpected(pruned.error());
  if (std::none_of(current.begin(), current.end(), [&](const Entry& entry) { return is_it(entry.listing); }))
    return false;
  if (auto removed = remove_entries(transaction, sets, *clear, is_it); !removed)
    return tl::unexpected(removed.error());
  auto unindexed = list.folded().unindex(transaction, *clear, *before);
  return unindexed.map([] { return true; });
}

}  // namespace signpost::store::list
