#include "store/list/listing_walk.h"

#include <utility>

namespace signpost::store::list {

ListingWalk::ListingWalk(const ListingFilter& filter, const std::string& domain)
    : filter_(filter), domain_key_(reversed_domain(domain)), in_domain_(!domain.empty()) {
  begin(tables::domains);
}

void ListingWalk::begin_after(const Place& place) {
  begin(place.table);
  if (place.key >= from_) from_ = place.key + '\0';  // the least key above it
  last_ = place.address;
}

base::Result<void> ListingWalk::read(const lmdb::Transaction& transaction, std::size_t max,
                                     std::vector<policy::Listing>& out) {
  Sets sets(transaction);
  base::Result<void> result;
  std::size_t records = 0;
  bool more = false;
  auto scanned = transaction.scan(table_, from_, [&](const lmdb::Transaction::Pair& pair) {
    if (!belongs(pair.key)) return false;
    more = true;
    if (records++ == kChunk || out.size() >= max) return false;
    result = read_one(sets, pair, out);
    more = false;
    return result.has_value();
  });
  if (!scanned) return scanned;
  if (!result || more) return result;
  next_table();
  return {};
}

void ListingWalk::begin(lmdb::Table table) {
  table_ = table;
  from_ = !in_domain_ ? "" : table == tables::domains ? domain_key_ : domain_key_ + '\0';
}

void ListingWalk::next_table() {
  if (table_ == tables::domains) {
    begin(tables::addresses);
  } else if (table_ == tables::addresses && !in_domain_) {
    begin(tables::hashed);
  } else {
    at_end_ = true;
  }
}

bool ListingWalk::belongs(std::string_view key) const {
  if (!in_domain_) return true;
  return table_ == tables::domains ? key == domain_key_ : key.starts_with(domain_key_ + '\0');
}

base::Result<void> ListingWalk::read_one(Sets& sets, const lmdb::Transaction::Pair& pair,
                                         std::vector<policy::Listing>& out) {
  const auto address = address_at(table_, pair.key);
  if (!address) return tl::unexpected(address.error());
  auto entries = read_entries({table_, std::string(pair.key), *address}, pair.value);
  if (!entries) return tl::unexpected(entries.error());
  auto pruned = sets.prune(*entries, false);
  if (!pruned) return pruned;
  for (Entry& entry : *entries) {
    if (filter_(entry.listing)) out.push_back(std::move(entry.listing));
  }
  from_ = std::string(pair.key) + '\0';
  last_ = *address;
  return {};
}

}  // namespace signpost::store::list
