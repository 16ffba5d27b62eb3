// Listings within one transaction: where an address is listed, which entries exist, adding one and finding
// all. When transactions begin and end is store/suppression_store's business.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/suppression.h"
#include "store/env.h"
#include "store/records.h"

namespace signpost::store {

/// Where an address or a domain is listed.
struct Place {
  Table table;
  std::string key;
  std::string address;  ///< canonical spelling, which mail::parse_address reads back
};

/// Of an address or "@domain" as people write it. Error `invalid`.
base::Result<Place> place_of(std::string_view text);
/// The canonical spelling of what is listed under a key of Table::addresses or Table::domains.
base::Result<std::string> address_at(Table table, std::string_view key);
/// Of a listing to be added, whose address it brings to its canonical spelling. Error `invalid` for anything
/// that cannot be stored.
base::Result<Place> checked_place(policy::Listing& listing);

/// The sets as one transaction sees them, read once each.
class Sets {
 public:
  explicit Sets(const Transaction& transaction) : transaction_(transaction) {}

  /// Good as long as the Sets; changes are written by `write`.
  base::Result<Set*> get(policy::Reason reason, std::string_view tenant);
  /// Drops entries of generations that a replacement left behind. With `coming` those of one that is under
  /// way stay.
  base::Result<void> prune(std::vector<Entry>& entries, bool coming);
  base::Result<void> write(WriteTransaction& transaction) const;

 private:
  const Transaction& transaction_;
  std::map<std::string, Set> sets_;
};

/// What is stored at a place, of any generation; nothing if nothing is.
base::Result<std::vector<Entry>> read_record(const Transaction& transaction, const Place& place);
/// The same from its bytes.
base::Result<std::vector<Entry>> read_entries(const Place& place, std::string_view bytes);
/// No entries: erases it.
base::Result<void> write_record(WriteTransaction& transaction, const Place& place,
                                const std::vector<Entry>& entries);

/// True if it is new. The listing comes from checked_place; the set's count is changed in `sets`. Refuses
/// before it writes.
base::Result<bool> add_listing(WriteTransaction& transaction, Sets& sets, const Place& place,
                               policy::Listing listing);
/// Every listing that exists for the address, its domain, and the parents that cover names below them.
base::Result<std::vector<policy::Listing>> find_listings(const Transaction& transaction,
                                                         const mail::Address& address);

}  // namespace signpost::store
