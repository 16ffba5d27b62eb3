#include "store/list/listing_table.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "store/list/foldings.h"
#include "store/tables.h"

namespace signpost::store::list {
namespace {

using policy::Listing;

/// `by` where an address of the mailbox left by a link; behind it stands which one.
constexpr std::string_view kByMailbox = "web-mailbox";

/// Appends the listings of that place that exist for this transaction.
base::Result<void> collect(const lmdb::Transaction& transaction, const Place& place, bool as_parent,
                           std::vector<Listing>& found) {
  auto entries = read_record(transaction, place);
  if (!entries) return tl::unexpected(entries.error());
  if (entries->empty()) return {};
  Sets sets(transaction);
  auto pruned = sets.prune(*entries, false);
  if (!pruned) return pruned;
  for (Entry& entry : *entries) {
    if (!as_parent || entry.listing.subdomains) found.push_back(std::move(entry.listing));
  }
  return {};
}

/// The same for the hashes of a clear place.
base::Result<void> collect_hashed(const lmdb::Transaction& transaction, const Place& place,
                                  const HashKeys& keys, const Foldings& foldings, bool as_parent,
                                  std::vector<Listing>& found) {
  for (const HashedSpelling& spelling : hashed_spellings(place, keys, foldings)) {
    std::vector<Listing> listed;
    auto read = collect(transaction, spelling.place, as_parent, listed);
    if (!read) return read;
    for (Listing& listing : listed) {
      if (foldings.means(spelling, listing.tenant)) found.push_back(std::move(listing));
    }
  }
  return {};
}

/// Looks one address up, with its domain and that one's parents.
class Search {
 public:
  Search(const lmdb::Transaction& transaction, const HashKeys& keys, const Foldings& foldings)
      : transaction_(transaction), keys_(keys), foldings_(foldings) {}

  base::Result<void> run(const mail::Address& address) {
    const auto domains = transaction_.count(tables::domains);
    const auto hashed = transaction_.count(tables::hashed);
    if (!domains || !hashed) return tl::unexpected((domains ? hashed : domains).error());
    any_hashed_ = *hashed > 0;
    auto read = look_at(place_of(address), false);
    if (read && foldings_.any()) read = look_at_folded(address);
    if (!read || (*domains == 0 && !any_hashed_)) return read;
    return look_at_domains(address.domain);
  }
  std::vector<Listing> take() { return std::move(found_); }

 private:
  base::Result<void> look_at(const Place& place, bool as_parent) {
    auto read = collect(transaction_, place, as_parent, found_);
    return read && any_hashed_ ? collect_hashed(transaction_, place, keys_, foldings_, as_parent, found_)
                               : read;
  }
  /// Other addresses that are the same mailbox for some tenants: of these only their own listings.
  base::Result<void> look_at_folded(const mail::Address& address) {
    const auto places = folded_places(transaction_, address, foldings_);
    if (!places) return tl::unexpected(places.error());
    for (const FoldedPlace& same : *places) {
      std::vector<Listing> listed;
      auto read = collect(transaction_, same.place, false, listed);
      if (!read) return read;
      for (Listing& listing : listed) {
        if (foldings_.of(listing.tenant) == same.folds) found_.push_back(std::move(listing));
      }
    }
    return {};
  }
  /// The domain and its parents, from the reversed name's prefixes.
  base::Result<void> look_at_domains(std::string_view domain) {
    std::string name = reversed_domain(domain);
    for (bool as_parent = false;; as_parent = true) {
      auto read = look_at({tables::domains, name, "@" + reversed_domain(name)}, as_parent);
      if (!read) return read;
      const std::size_t dot = name.rfind('.');
      if (dot == std::string::npos || name.starts_with('[')) return {};
      name.resize(dot);
    }
  }

  const lmdb::Transaction& transaction_;
  const HashKeys& keys_;
  const Foldings& foldings_;
  bool any_hashed_ = false;
  std::vector<Listing> found_;
};

bool is_of(const SetName& name, const Listing& listing) {
  return name.reason == listing.reason && name.tenant == listing.tenant;
}

/// If the set is being replaced, adds to the coming generation too: what was acknowledged meanwhile must still be
/// there when that generation becomes the current one.
base::Result<void> carry_over(Sets& sets, std::uint64_t current, const Listing& listing,
                              std::vector<Entry>& entries) {
  const auto replacing = sets.replacing();
  if (!replacing) return tl::unexpected(replacing.error());
  const Replacing* const to = *replacing;
  if (to == nullptr || !is_of(to->name, listing) || to->generation <= current) return {};
  const Entry coming{listing, to->generation};
  return merge_entry(entries, coming) ? sets.count_entry(coming) : base::Result<void>{};
}

/// Puts an entry at the place of a hash. True if it is new there.
base::Result<bool> merge_hashed(lmdb::WriteTransaction& transaction, const Place& hashed, Entry entry) {
  auto entries = read_record(transaction, hashed);
  if (!entries) return tl::unexpected(entries.error());
  Listing& listing = entry.listing;
  listing.address = listing.as_given = hashed.address;
  listing.note.clear();
  const auto same = std::find_if(entries->begin(), entries->end(), [&](const Entry& other) {
    return other.generation == entry.generation && same_scope(other.listing, listing);
  });
  const bool is_new = same == entries->end();
  if (is_new) {
    entries->push_back(std::move(entry));
  } else {
    Listing& there = same->listing;
    there.until = later_end(there.until, listing.until);
    there.since = std::min(there.since, listing.since);
    there.by = by_of_both(there.by, listing.by);
  }
  return write_record(transaction, hashed, *entries).map([is_new] { return is_new; });
}

}  // namespace

std::string by_in_mailbox(const std::string& by, const Place& own_hash) {
  return by == policy::kByWeb ? std::string(kByMailbox) + " " + base::encode_hex(own_hash.key).substr(0, 18)
                              : by;
}

bool is_by_recipient(const std::string& by) {
  return by == policy::kByWeb || by.starts_with(kByMailbox);
}

std::string by_of_both(const std::string& there, const std::string& added) {
  if (there == added || !is_by_recipient(there)) return there;
  return is_by_recipient(added) ? std::string(kByMailbox) : added;
}

bool same_scope(const Listing& a, const Listing& b) {
  return a.reason == b.reason && a.tenant == b.tenant && a.stream == b.stream;
}

std::optional<base::Wall> later_end(const std::optional<base::Wall>& a, const std::optional<base::Wall>& b) {
  return a && b ? std::max(a, b) : std::nullopt;
}

base::Result<Set*> Sets::get(policy::Reason reason, std::string_view tenant) {
  std::string key = set_key(reason, tenant);
  const auto known = sets_.find(key);
  if (known != sets_.end()) return &known->second;
  const auto bytes = transaction_.get(tables::sets, key);
  if (!bytes) return tl::unexpected(bytes.error());
  Set set;
  if (*bytes) {
    const auto parsed = parse_set(**bytes);
    if (!parsed) return tl::unexpected(parsed.error());
    set = *parsed;
  }
  return &sets_.emplace(std::move(key), set).first->second;
}

base::Result<const Replacing*> Sets::replacing() {
  if (!asked_) {
    auto found = read_replacing(transaction_);
    if (!found) return tl::unexpected(found.error());
    replacing_ = std::move(*found);
    asked_ = true;
  }
  return replacing_ ? &*replacing_ : nullptr;
}

base::Result<bool> Sets::is_coming(const Entry& entry) {
  return replacing().map([&](const Replacing* to) {
    return to != nullptr && is_of(to->name, entry.listing) && entry.generation == to->generation;
  });
}

base::Result<void> Sets::prune(std::vector<Entry>& entries, bool coming) {
  std::vector<Entry> kept;
  for (Entry& entry : entries) {
    const auto set = get(entry.listing.reason, entry.listing.tenant);
    if (!set) return tl::unexpected(set.error());
    base::Result<bool> counts = entry.generation == (*set)->generation;
    if (!*counts && coming) counts = is_coming(entry);
    if (!counts) return tl::unexpected(counts.error());
    if (*counts) kept.push_back(std::move(entry));
  }
  entries = std::move(kept);
  return {};
}

base::Result<void> Sets::count_entry(const Entry& entry) {
  const auto set = get(entry.listing.reason, entry.listing.tenant);
  const auto coming = is_coming(entry);
  if (!set || !coming) return tl::unexpected((set ? coming.error() : set.error()));
  if (entry.generation == (*set)->generation) ++(*set)->entries;
  if (*coming) {
    ++replacing_->added;
    counted_coming_ = true;
  }
  return {};
}

base::Result<void> Sets::forget_entry(const Entry& entry) {
  const auto set = get(entry.listing.reason, entry.listing.tenant);
  if (!set) return tl::unexpected(set.error());
  if (entry.generation == (*set)->generation && (*set)->entries > 0) --(*set)->entries;
  return {};
}

base::Result<void> Sets::forget_coming(const Entry& entry) {
  const auto coming = is_coming(entry);
  if (!coming) return tl::unexpected(coming.error());
  if (*coming && replacing_->added > 0) {
    --replacing_->added;
    counted_coming_ = true;
  }
  return {};
}

base::Result<void> Sets::write(lmdb::WriteTransaction& transaction) const {
  for (const auto& [key, set] : sets_) {
    auto written = transaction.put(tables::sets, key, format_set(set));
    if (!written) return written;
  }
  return counted_coming_ ? transaction.put(tables::meta, kReplacingKey, format_replacing(*replacing_))
                         : base::Result<void>{};
}

base::Result<std::optional<Replacing>> read_replacing(const lmdb::Transaction& transaction) {
  const auto bytes = transaction.get(tables::meta, kReplacingKey);
  if (!bytes) return tl::unexpected(bytes.error());
  if (!*bytes) return std::optional<Replacing>();
  return parse_replacing(**bytes).map(
      [](Replacing replacing) { return std::optional(std::move(replacing)); });
}

base::Result<std::vector<Entry>> read_record(const lmdb::Transaction& transaction, const Place& place) {
  const auto bytes = transaction.get(place.table, place.key);
  if (!bytes) return tl::unexpected(bytes.error());
  if (!*bytes) return std::vector<Entry>{};
  return read_entries(place, **bytes);
}

base::Result<std::vector<Entry>> read_entries(const Place& place, std::string_view bytes) {
  return parse_record(place.key, place.address, bytes).map_error([&](base::Error error) {
    return base::in_context("listings of " + place.address, std::move(error));
  });
}

base::Result<void> write_record(lmdb::WriteTransaction& transaction, const Place& place,
                                const std::vector<Entry>& entries) {
  if (!entries.empty()) return transaction.put(place.table, place.key, format_record(place.key, entries));
  const auto erased = transaction.erase(place.table, place.key);
  if (!erased) return tl::unexpected(erased.error());
  return {};
}

bool merge_entry(std::vector<Entry>& entries, Entry entry) {
  Listing& listing = entry.listing;
  const auto known = std::find_if(entries.begin(), entries.end(), [&](const Entry& other) {
    return other.generation == entry.generation && same_scope(other.listing, listing);
  });
  if (known == entries.end()) {
    if (listing.as_given.empty()) listing.as_given = listing.address;
    entries.push_back(std::move(entry));
    return true;
  }
  const Listing& old = known->listing;
  const bool had_ended = old.until && *old.until <= listing.since;
  if (!had_ended) listing.since = old.since;
  if (listing.as_given.empty()) listing.as_given = old.as_given;
  known->listing = std::move(listing);
  return false;
}

base::Result<bool> add_listing(lmdb::WriteTransaction& transaction, Sets& sets, const Place& place,
                               Listing listing) {
  auto entries = read_record(transaction, place);
  if (!entries) return tl::unexpected(entries.error());
  const auto set = sets.get(listing.reason, listing.tenant);
  if (!set) return tl::unexpected(set.error());
  const auto pruned = sets.prune(*entries, true);
  if (!pruned) return tl::unexpected(pruned.error());

  if (auto carried = carry_over(sets, (*set)->generation, listing, *entries); !carried)
    return tl::unexpected(carried.error());
  const bool created = merge_entry(*entries, {std::move(listing), (*set)->generation});
  if (created) ++(*set)->entries;
  const auto written = write_record(transaction, place, *entries);
  if (!written) return tl::unexpected(written.error());
  return created;
}

base::Result<std::vector<Listing>> find_listings(const lmdb::Transaction& transaction,
                                                 const mail::Address& address, const HashKeys& keys,
                                                 const Foldings& foldings) {
  Search search(transaction, keys, foldings);
  auto searched = search.run(address);
  if (!searched) return tl::unexpected(searched.error());
  return search.take();
}

base::Result<std::vector<Listing>> listings_at(const lmdb::Transaction& transaction, const Place& place,
                                               const HashKeys& keys, const Foldings& foldings) {
  std::vector<Listing> found;
  auto read = collect(transaction, place, false, found).and_then([&] {
    return collect_hashed(transaction, place, keys, foldings, false, found);
  });
  if (!read) return tl::unexpected(read.error());
  return found;
}

base::Result<std::uint64_t> hash_record(lmdb::WriteTransaction& transaction, Sets& sets, const Place& clear,
                                        const HashedPlaces& hashed_places) {
  auto entries = read_record(transaction, clear);
  if (!entries) return tl::unexpected(entries.error());
  if (auto pruned = sets.prune(*entries, true); !pruned) return tl::unexpected(pruned.error());
  if (entries->empty()) return 0;
  for (const Entry& entry : *entries) {  // a damaged one is told before anything is written
    const auto places = hashed_places(clear, entry.listing.tenant);
    if (!places) return tl::unexpected(places.error());
    for (const Place& hashed : *places) {
      if (const auto readable = read_record(transaction, hashed); !readable)
        return tl::unexpected(readable.error());
    }
  }
  for (const Entry& entry : *entries) {
    const auto places = hashed_places(clear, entry.listing.tenant);
    if (!places) return tl::unexpected(places.error());
    bool counted = false;  // the entry itself, which leaves the clear place
    for (const Place& hashed : *places) {
      Entry here = entry;
      if (&hashed != &places->front()) here.listing.by = by_in_mailbox(here.listing.by, places->front());
      const auto is_new = merge_hashed(transaction, hashed, std::move(here));
      if (!is_new) return tl::unexpected(is_new.error());
      if (*is_new && std::exchange(counted, true)) {
        if (auto more = sets.count_entry(entry); !more) return tl::unexpected(more.error());
      }
    }
    if (counted) continue;
    if (auto less = sets.forget_entry(entry); !less) return tl::unexpected(less.error());
  }
  return write_record(transaction, clear, {}).map([&]() -> std::uint64_t { return entries->size(); });
}

}  // namespace signpost::store::list
