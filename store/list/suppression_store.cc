#include "store/list/suppression_store.h"

#include <algorithm>

#include "store/list/foldings.h"
#include "store/list/listing_table.h"
#include "store/list/listing_walk.h"
#include "store/list/trials.h"
#include "store/tables.h"

namespace signpost::store::list {
namespace {

using policy::Listing;

/// Removes the listings that the filter selects at one place. Returns how many. `all`: a damaged record too, which
/// counts as one.
base::Result<std::uint64_t> remove_listings(lmdb::WriteTransaction& transaction, Sets& sets,
                                            const Place& place, bool all,
                                            const std::function<bool(const Listing&)>& is_meant) {
  auto entries = read_record(transaction, place);
  if (!entries && entries.error().kind == base::ErrorKind::corrupt && all) {
    return write_record(transaction, place, {}).map([] { return std::uint64_t{1}; });
  }
  if (!entries) return tl::unexpected(entries.error());
  const auto pruned = sets.prune(*entries, true);
  if (!pruned) return tl::unexpected(pruned.error());
  std::uint64_t removed = 0;
  std::vector<Entry> kept;
  std::vector<Entry> coming;
  for (Entry& entry : *entries) {
    const auto set = sets.get(entry.listing.reason, entry.listing.tenant);
    if (!set) return tl::unexpected(set.error());
    if (!is_meant(entry.listing)) {
      kept.push_back(std::move(entry));
    } else if (entry.generation != (*set)->generation) {
      coming.push_back(std::move(entry));
    } else {
      ++removed;
      (*set)->entries -= std::min<std::uint64_t>(1, (*set)->entries);
    }
  }
  if (removed == 0) return 0;
  // What was added while its set is being replaced is in the coming generation as well.
  for (const Entry& entry : coming) {
    if (auto forgotten = sets.forget_coming(entry); !forgotten) return tl::unexpected(forgotten.error());
  }
  return write_record(transaction, place, kept).map([removed] { return removed; });
}

}  // namespace

bool ListingFilter::operator()(const Listing& listing) const {
  return (!reason || listing.reason == *reason) && (!tenant || listing.tenant == *tenant) &&
         (!stream || listing.stream == *stream);
}

base::Result<std::vector<Listing>> SuppressionStore::find(const mail::Address& address) const {
  const auto transaction = env_.read();
  if (!transaction) return tl::unexpected(transaction.error());
  return find_listings(*transaction, address, keys_, *folded_.now());
}

base::Result<bool> SuppressionStore::begin(const std::vector<Listing>& due, base::Wall now) {
  bool begun = false;
  const auto written = writer_.run([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
    const auto marked = begin_trials(transaction, due, now);
    if (!marked) return tl::unexpected(marked.error());
    begun = *marked;
    return {};
  });
  if (!written) return tl::unexpected(written.error());
  return begun;
}

base::Result<void> SuppressionStore::give_back(const std::vector<Listing>& listings, base::Wall begun) {
  return writer_.run(
      [&](lmdb::WriteTransaction& transaction) { return give_trials_back(transaction, listings, begun); });
}

base::Result<bool> SuppressionStore::end(const Listing& listing, policy::TrialResult result,
                                         std::optional<base::Wall> until) {
  bool was_on_trial = false;
  const auto written = writer_.run([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
    const auto ended = end_trial(transaction, listing, result, until);
    if (!ended) return tl::unexpected(ended.error());
    was_on_trial = *ended;
    return {};
  });
  if (!written) return tl::unexpected(written.error());
  return was_on_trial;
}

base::Result<std::vector<Listing>> SuppressionStore::at(std::string_view address) const {
  return place_of(address).and_then([this](const Place& place) { return at(place); });
}

base::Result<std::vector<Listing>> SuppressionStore::at(const Place& place) const {
  const auto transaction = env_.read();
  if (!transaction) return tl::unexpected(transaction.error());
  return listings_at(*transaction, place, keys_, *folded_.now());
}

base::Result<void> SuppressionStore::use_keys(HashKeys keys) {
  set_keys(std::move(keys));
  return agree_on_keys();
}

base::Result<void> SuppressionStore::agree_on_keys() {
  return writer_.run([this](lmdb::WriteTransaction& transaction) { return keys_.agree(transaction); });
}

namespace {

/// The result of adding the listings of one address.
base::Result<bool> added_any(base::Result<SuppressionStore::AddedMany> added) {
  if (!added) return tl::unexpected(std::move(added).error());
  if (!added->refused.empty()) return tl::unexpected(std::move(added->refused.front().second));
  return added->created > 0;
}

}  // namespace

base::Result<bool> SuppressionStore::add(Listing listing) {
  return place_of(listing.address).and_then([&](const Place& place) {
    return add(place, std::move(listing));
  });
}

base::Result<bool> SuppressionStore::add(const Place& place, Listing listing) {
  std::vector<Listing> one = {std::move(listing)};
  std::vector<base::Result<Place>> places = {checked_place(place, one.front(), keys_)};
  return added_any(add_at(std::move(places), std::move(one)));
}

base::Result<SuppressionStore::AddedMany> SuppressionStore::add_many(std::vector<Listing> listings) {
  std::vector<base::Result<Place>> places;
  places.reserve(listings.size());
  for (Listing& listing : listings) places.push_back(checked_place(listing, keys_));
  return add_at(std::move(places), std::move(listings));
}

base::Result<std::vector<Place>> SuppressionStore::places_of_new(const lmdb::Transaction& transaction,
                                                                 const Place& place, std::string_view tenant,
                                                                 bool is_hashed) const {
  if (place.table == tables::hashed) return std::vector<Place>{place};
  for (const Place& hashed : hashed_places(place, keys_)) {
    if (is_hashed) break;
    const auto there = transaction.get(hashed.table, hashed.key);
    if (!there) return tl::unexpected(there.error());
    is_hashed = there->has_value();
  }
  return is_hashed ? places_to_hash(place, tenant) : std::vector<Place>{place};
}

/// True if it is new.
base::Result<bool> SuppressionStore::add_one(lmdb::WriteTransaction& transaction, Sets& sets,
                                             const Place& place, const Listing& listing) {
  const auto places = places_of_new(transaction, place, listing.tenant, false);
  if (!places) return tl::unexpected(places.error());
  bool is_new = false;
  for (const Place& one : *places) {
    auto created = add_listing(transaction, sets, one, listing_at(one, listing));
    if (!created) return created;
    is_new = is_new || *created;
    // The listing is written by now: without its index nothing may be committed.
    if (auto indexed = folded_.index(transaction, one, listing.tenant); !indexed)
      return base::fail(base::ErrorKind::unavailable, indexed.error().text);
  }
  return is_new;
}

/// `places` are those of the listings, or why there is none.
base::Result<SuppressionStore::AddedMany> SuppressionStore::add_at(std::vector<base::Result<Place>> places,
                                                                   std::vector<Listing> listings) {
  AddedMany added;
  const auto written = writer_.run([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
    added = {};
    Sets sets(transaction);
    for (std::size_t i = 0; i < listings.size(); ++i) {
      auto created = places[i].and_then(
          [&](const Place& place) { return add_one(transaction, sets, place, listings[i]); });
      if (created) {
        ++(*created ? added.created : added.updated);
      } else if (created.error().kind == base::ErrorKind::unavailable) {
        return tl::unexpected(std::move(created).error());
      } else {
        added.refused.emplace_back(i, std::move(created).error());
      }
    }
    return sets.write(transaction);
  });
  if (!written) return tl::unexpected(written.error());
  return added;
}

/// The places of a listing of that tenant that will be kept as a hash: its own, and those that stand for all
/// addresses of the mailbox.
base::Result<std::vector<Place>> SuppressionStore::places_to_hash(const Place& clear,
                                                                  std::string_view tenant) const {
  std::vector<Place> places = {clear};
  for (const mail::Folds folds : folded_.ways_of(tenant)) {
    if (auto folded = folded_place(clear, folds)) places.push_back(std::move(*folded));
  }
  for (Place& place : places) {
    auto hashed = hashed_place(place, keys_);
    if (!hashed) return tl::unexpected(hashed.error());
    place = std::move(*hashed);
  }
  return places;
}

base::Result<bool> SuppressionStore::add_hashed(Listing listing) {
  return place_of(listing.address).and_then([&](const Place& place) {
    return add_hashed(place, std::move(listing));
  });
}

base::Result<bool> SuppressionStore::add_hashed(const Place& place, Listing listing) {
  const auto places = checked_place(place, listing, keys_).and_then([&](const Place& clear) {
    return places_to_hash(clear, listing.tenant);
  });
  if (!places) return tl::unexpected(places.error());
  std::vector<Listing> listings;
  for (const Place& hashed : *places) listings.push_back(listing_at(hashed, listing));
  return added_any(add_many(std::move(listings)));
}

base::Result<std::uint64_t> SuppressionStore::remove(std::string_view address, const ListingFilter& filter) {
  return place_of(address).and_then([&](const Place& place) { return remove(place, filter); });
}

base::Result<std::uint64_t> SuppressionStore::remove(const Place& place, const ListingFilter& filter) {
  const auto foldings = folded_.now();
  std::vector<HashedSpelling> places = hashed_spellings(place, keys_, *foldings);
  places.push_back({place, std::nullopt});
  std::uint64_t removed = 0;
  const auto written = writer_.run([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
    removed = 0;
    Sets sets(transaction);
    const auto is_whole = [&](const HashedSpelling& one) { return !one.folds && !filter.is_narrow(); };
    for (const HashedSpelling& one : places) {  // a damaged one is reported before anything is written
      const auto readable = read_record(transaction, one.place);
      if (!readable && !is_whole(one)) return tl::unexpected(readable.error());
    }
    const auto before = read_record(transaction, place);
    for (const HashedSpelling& one : places) {
      const auto here = remove_listings(
          transaction, sets, one.place, is_whole(one),
          [&](const Listing& listing) { return filter(listing) && foldings->means(one, listing.tenant); });
      if (!here) return tl::unexpected(here.error());
      removed += *here;
    }
    if (before) {
      auto unindexed = folded_.unindex(transaction, place, *before);
      if (!unindexed) return unindexed;
    }
    return removed > 0 ? sets.write(transaction) : base::Result<void>{};
  });
  if (!written) return tl::unexpected(written.error());
  return removed;
}

base::Result<std::uint64_t> SuppressionStore::forget(std::string_view address) {
  return place_of(address).and_then([this](const Place& clear) { return forget(clear); });
}

base::Result<std::uint64_t> SuppressionStore::forget(const Place& clear) {
  const auto hashed = hashed_place(clear, keys_);  // without a key it is refused, listed or not
  if (!hashed) return tl::unexpected(hashed.error());
  if (clear.table == tables::hashed) return 0;
  std::uint64_t moved = 0;
  const auto written = writer_.run([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
    Sets sets(transaction);
    const auto before = read_record(transaction, clear);
    const auto count = hash_record(
        transaction, sets, clear,
        [this](const Place& place, std::string_view tenant) { return places_to_hash(place, tenant); });
    if (!count) return tl::unexpected(count.error());
    moved = *count;
    auto unindexed = folded_.unindex(transaction, clear, *before);
    if (!unindexed) return unindexed;
    if (auto forgotten = transaction.forget_border(clear.table, clear.key); !forgotten) return forgotten;
    return moved > 0 ? sets.write(transaction) : base::Result<void>{};
  });
  if (!written) return tl::unexpected(written.error());
  return moved;
}

base::Result<std::string> SuppressionStore::hash(std::string_view address) const {
  return place_of(address).and_then([this](const Place& place) { return hash(place); });
}

base::Result<std::string> SuppressionStore::hash(const Place& place) const {
  return hashed_place(place, keys_).map([](const Place& hashed) { return hashed.address; });
}

base::Result<SuppressionStore::Page> SuppressionStore::list(std::string_view after, std::size_t limit,
                                                            const ListingFilter& filter,
                                                            std::string_view domain) const {
  std::string canonical;
  if (!domain.empty()) {
    auto parsed = mail::canonical_domain(domain);
    if (!parsed) return tl::unexpected(parsed.error());
    canonical = std::move(*parsed);
  }
  ListingWalk walk(filter, canonical);
  if (!after.empty()) {
    const auto place = place_of(after);
    if (!place) return tl::unexpected(place.error());
    walk.begin_after(*place);
  }
  Page page;
  while (!walk.at_end() && page.listings.size() < limit) {
    const auto transaction = env_.read();
    if (!transaction) return tl::unexpected(transaction.error());
    const auto read = walk.read(*transaction, limit, page.listings);
    if (!read) return tl::unexpected(read.error());
  }
  // Only what really follows is promised.
  const std::string last = walk.last();
  std::vector<Listing> following;
  while (!walk.at_end() && following.empty()) {
    const auto transaction = env_.read();
    if (!transaction) return tl::unexpected(transaction.error());
    if (const auto read = walk.read(*transaction, 1, following); !read) return tl::unexpected(read.error());
  }
  if (!following.empty()) page.next = last;
  return page;
}

base::Result<void> SuppressionStore::for_each(const ListingFilter& filter,
                                              const std::function<bool(const Listing&)>& visit) const {
  ListingWalk walk(filter, "");
  while (!walk.at_end()) {
    std::vector<Listing> listings;
    {
      const auto transaction = env_.read();
      if (!transaction) return tl::unexpected(transaction.error());
      auto read = walk.read(*transaction, ListingWalk::kChunk, listings);
      if (!read) return read;
    }
    for (const Listing& listing : listings) {
      if (!visit(listing)) return {};
    }
  }
  return {};
}

base::Result<SuppressionStore::Stats> SuppressionStore::stats() const {
  const auto transaction = env_.read();
  if (!transaction) return tl::unexpected(transaction.error());
  Stats stats;
  const auto addresses = transaction->count(tables::addresses);
  const auto domains = transaction->count(tables::domains);
  const auto hashed = transaction->count(tables::hashed);
  for (const auto* count : {&addresses, &domains, &hashed}) {
    if (!*count) return tl::unexpected(count->error());
  }
  stats.addresses = *addresses;
  stats.domains = *domains;
  stats.hashed = *hashed;
  base::Result<void> result;
  const auto scanned = transaction->scan(tables::sets, "", [&](const lmdb::Transaction::Pair& pair) {
    const auto name = parse_set_key(pair.key);
    const auto set = parse_set(pair.value);
    if (!name || !set) {
      result = tl::unexpected(name ? set.error() : name.error());
      return false;
    }
    if (set->entries > 0) {
      stats.by_reason[name->reason] += set->entries;
      stats.by_tenant[name->tenant] += set->entries;
    }
    return true;
  });
  if (!scanned || !result) return tl::unexpected((scanned ? result : scanned).error());
  return stats;
}

}  // namespace signpost::store::list
