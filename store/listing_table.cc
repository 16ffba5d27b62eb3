#include "store/listing_table.h"

#include <algorithm>

#include "base/text.h"

namespace signpost::store {
namespace {

using policy::Listing;

constexpr std::size_t kMostNameBytes = 255;   ///< tenant, stream, by
constexpr std::size_t kMostNoteBytes = 2048;  ///< note, as_given

bool same_scope(const Listing& a, const Listing& b) {
  return a.reason == b.reason && a.tenant == b.tenant && a.stream == b.stream;
}

/// Appends what is listed under that key and exists for this transaction.
base::Result<void> collect(const Transaction& transaction, Table table, const std::string& key,
                           bool as_parent, std::vector<Listing>& found) {
  const auto bytes = transaction.get(table, key);
  if (!bytes) return tl::unexpected(bytes.error());
  if (!*bytes) return {};
  const auto address = address_at(table, key);
  if (!address) return tl::unexpected(address.error());
  auto entries = read_entries({table, key, *address}, **bytes);
  if (!entries) return tl::unexpected(entries.error());
  Sets sets(transaction);
  auto pruned = sets.prune(*entries, false);
  if (!pruned) return pruned;
  for (Entry& entry : *entries) {
    if (!as_parent || entry.listing.subdomains) found.push_back(std::move(entry.listing));
  }
  return {};
}

/// The domain and its parents, from the reversed name's prefixes.
base::Result<void> collect_domains(const Transaction& transaction, std::string_view domain,
                                   std::vector<Listing>& found) {
  const auto listed = transaction.count(Table::domains);
  if (!listed) return tl::unexpected(listed.error());
  if (*listed == 0) return {};
  std::string name = reversed_domain(domain);
  for (bool as_parent = false;; as_parent = true) {
    auto step = collect(transaction, Table::domains, name, as_parent, found);
    if (!step) return step;
    const std::size_t dot = name.rfind('.');
    if (dot == std::string::npos || name.starts_with('[')) return {};
    name.resize(dot);
  }
}

}  // namespace

base::Result<Place> place_of(std::string_view text) {
  if (text.starts_with('@')) {
    auto domain = mail::canonical_domain(text.substr(1));
    if (!domain) return tl::unexpected(domain.error());
    return Place{Table::domains, reversed_domain(*domain), "@" + *domain};
  }
  auto address = mail::parse_address(text);
  if (!address) return tl::unexpected(address.error());
  address->local = base::lower(address->local);
  return Place{Table::addresses, address_key(*address), mail::format_address(*address)};
}

base::Result<std::string> address_at(Table table, std::string_view key) {
  if (table == Table::domains) return "@" + reversed_domain(key);
  return parse_address_key(key).map(mail::format_address);
}

base::Result<Place> checked_place(Listing& listing) {
  auto place = place_of(listing.address);
  if (!place) return place;
  if (listing.subdomains && place->table != Table::domains) {
    return base::invalid("subdomains is for domain listings (@example.net)");
  }
  if (!listing.stream.empty() && listing.tenant.empty()) return base::invalid("a stream needs its tenant");
  for (const std::string* name : {&listing.tenant, &listing.stream, &listing.by}) {
    if (name->size() > kMostNameBytes) return base::invalid("tenant, stream and by have at most 255 bytes");
  }
  for (const std::string* text : {&listing.note, &listing.as_given}) {
    if (text->size() > kMostNoteBytes) return base::invalid("a note has at most 2048 bytes");
  }
  listing.address = place->address;
  return place;
}

base::Result<Set*> Sets::get(policy::Reason reason, std::string_view tenant) {
  std::string key = set_key(reason, tenant);
  const auto known = sets_.find(key);
  if (known != sets_.end()) return &known->second;
  const auto bytes = transaction_.get(Table::sets, key);
  if (!bytes) return tl::unexpected(bytes.error());
  Set set;
  if (*bytes) {
    const auto parsed = parse_set(**bytes);
    if (!parsed) return tl::unexpected(parsed.error());
    set = *parsed;
  }
  return &sets_.emplace(std::move(key), set).first->second;
}

base::Result<void> Sets::prune(std::vector<Entry>& entries, bool coming) {
  std::vector<Entry> kept;
  for (Entry& entry : entries) {
    const auto set = get(entry.listing.reason, entry.listing.tenant);
    if (!set) return tl::unexpected(set.error());
    if (entry.generation == (*set)->generation || (coming && entry.generation > (*set)->generation)) {
      kept.push_back(std::move(entry));
    }
  }
  entries = std::move(kept);
  return {};
}

base::Result<void> Sets::write(WriteTransaction& transaction) const {
  for (const auto& [key, set] : sets_) {
    auto written = transaction.put(Table::sets, key, format_set(set));
    if (!written) return written;
  }
  return {};
}

base::Result<std::vector<Entry>> read_record(const Transaction& transaction, const Place& place) {
  const auto bytes = transaction.get(place.table, place.key);
  if (!bytes) return tl::unexpected(bytes.error());
  if (!*bytes) return std::vector<Entry>{};
  return read_entries(place, **bytes);
}

base::Result<std::vector<Entry>> read_entries(const Place& place, std::string_view bytes) {
  return parse_record(place.address, bytes).map_error([&](base::Error error) {
    return base::in_context("listings of " + place.address, std::move(error));
  });
}

base::Result<void> write_record(WriteTransaction& transaction, const Place& place,
                                const std::vector<Entry>& entries) {
  if (!entries.empty()) return transaction.put(place.table, place.key, format_record(entries));
  const auto erased = transaction.erase(place.table, place.key);
  if (!erased) return tl::unexpected(erased.error());
  return {};
}

base::Result<bool> add_listing(WriteTransaction& transaction, Sets& sets, const Place& place,
                               Listing listing) {
  auto entries = read_record(transaction, place);
  if (!entries) return tl::unexpected(entries.error());
  const auto set = sets.get(listing.reason, listing.tenant);
  if (!set) return tl::unexpected(set.error());
  const auto pruned = sets.prune(*entries, true);
  if (!pruned) return tl::unexpected(pruned.error());

  const auto known = std::find_if(entries->begin(), entries->end(), [&](const Entry& entry) {
    return entry.generation == (*set)->generation && same_scope(entry.listing, listing);
  });
  const bool created = known == entries->end();
  if (created) {
    if (listing.as_given.empty()) listing.as_given = place.address;
    entries->push_back({std::move(listing), (*set)->generation});
    ++(*set)->entries;
  } else {
    const Listing& old = known->listing;
    const bool had_ended = old.until && *old.until <= listing.since;
    if (!had_ended) listing.since = old.since;
    if (listing.as_given.empty()) listing.as_given = old.as_given;
    known->listing = std::move(listing);
  }
  const auto written = write_record(transaction, place, *entries);
  if (!written) return tl::unexpected(written.error());
  return created;
}

base::Result<std::vector<Listing>> find_listings(const Transaction& transaction,
                                                 const mail::Address& address) {
  std::vector<Listing> found;
  auto read = collect(transaction, Table::addresses, address_key(address), false, found);
  if (read) read = collect_domains(transaction, address.domain, found);
  if (!read) return tl::unexpected(read.error());
  return found;
}

}  // namespace signpost::store
