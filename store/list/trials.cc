#include "store/list/trials.h"

#include <algorithm>

namespace signpost::store::list {
namespace {

using policy::Listing;

/// A place with its entries, and the entry of the listing.
struct Held {
  Place place;
  std::vector<Entry> entries;
  std::size_t index = 0;
  Listing& listing() { return entries[index].listing; }
};

/// Nullopt if there is no such entry in its set's current generation any more.
base::Result<std::optional<Held>> hold(const lmdb::Transaction& transaction, Sets& sets,
                                       const Listing& listing) {
  auto place = place_of(listing.address);
  if (!place) return tl::unexpected(place.error());
  auto entries = read_record(transaction, *place);
  if (!entries) return tl::unexpected(entries.error());
  const auto set = sets.get(listing.reason, listing.tenant);
  if (!set) return tl::unexpected(set.error());
  const auto found = std::find_if(entries->begin(), entries->end(), [&](const Entry& entry) {
    return entry.generation == (*set)->generation && same_scope(entry.listing, listing);
  });
  if (found == entries->end()) return std::optional<Held>();
  const auto index = static_cast<std::size_t>(found - entries->begin());
  return std::optional(Held{std::move(*place), std::move(*entries), index});
}

base::Result<void> set_trial(lmdb::WriteTransaction& transaction, Sets& sets, const Listing& listing,
                             std::optional<base::Wall> trial) {
  auto held = hold(transaction, sets, listing);
  if (!held) return tl::unexpected(held.error());
  if (!*held) return {};
  (*held)->listing().trial = trial;
  return write_record(transaction, (*held)->place, (*held)->entries);
}

}  // namespace

base::Result<bool> begin_trials(lmdb::WriteTransaction& transaction, const std::vector<Listing>& due,
                                base::Wall now) {
  Sets sets(transaction);
  for (const Listing& listing : due) {
    auto held = hold(transaction, sets, listing);
    if (!held) return tl::unexpected(held.error());
    if (!*held || (*held)->listing().trial || (*held)->listing().until != listing.until) return false;
  }
  for (const Listing& listing : due) {  // read again: two of them may be of one address
    if (auto marked = set_trial(transaction, sets, listing, now); !marked)
      return tl::unexpected(marked.error());
  }
  return true;
}

base::Result<void> give_trials_back(lmdb::WriteTransaction& transaction, const std::vector<Listing>& listings,
                                    base::Wall begun) {
  Sets sets(transaction);
  for (const Listing& listing : listings) {
    auto held = hold(transaction, sets, listing);
    if (!held) return tl::unexpected(held.error());
    if (!*held || (*held)->listing().trial != begun) continue;
    if (auto taken = set_trial(transaction, sets, listing, std::nullopt); !taken) return taken;
  }
  return {};
}

base::Result<bool> end_trial(lmdb::WriteTransaction& transaction, const Listing& listing,
                             policy::TrialResult result, std::optional<base::Wall> until) {
  Sets sets(transaction);
  auto held = hold(transaction, sets, listing);
  if (!held) return tl::unexpected(held.error());
  if (!*held || !(*held)->listing().trial) return false;
  Held& found = **held;
  if (result == policy::TrialResult::bounced) {
    found.listing().trial.reset();
    found.listing().until = until;
  } else {
    if (auto counted = sets.forget_entry(found.entries[found.index]); !counted)
      return tl::unexpected(counted.error());
    found.entries.erase(found.entries.begin() + static_cast<std::ptrdiff_t>(found.index));
  }
  const auto written =
      write_record(transaction, found.place, found.entries).and_then([&] { return sets.write(transaction); });
  if (!written) return tl::unexpected(written.error());
  return true;
}

}  // namespace signpost::store::list
