// Where in the store an address or a domain is listed: the table, the key there, and the spelling for people.
// store/list/listing_table reads and writes the records there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/suppression.h"
#include "store/list/hash_keys.h"
#include "store/lmdb/env.h"
#include "store/tables.h"

namespace signpost::store::list {

struct Place {
  lmdb::Table table;
  std::string key;
  /// The canonical spelling, which place_of reads back: "bob@example.net", "@example.net" or "hmac:7:…".
  std::string address;
};

Place place_of(const mail::Address& address);
/// Of an address, "@domain" or "hmac:KEYID:HEX" as people write it. Error `invalid`.
base::Result<Place> place_of(std::string_view text);
/// The canonical spelling of what is listed under a key of tables::addresses, tables::domains or tables::hashed.
base::Result<std::string> address_at(lmdb::Table table, std::string_view key);
/// Of a listing to be added, whose address it brings to its canonical spelling. Error `invalid` for anything
/// that cannot be stored, or that no lookup with these keys would find.
base::Result<Place> checked_place(policy::Listing& listing, const HashKeys& keys);
/// The same for a place that is known already.
base::Result<Place> checked_place(const Place& place, policy::Listing& listing, const HashKeys& keys);

/// The listing as it stands at that place: at a hashed one without note and spelling, which may name somebody.
policy::Listing listing_at(const Place& place, policy::Listing listing);

/// The input of the keyed hash of the place's address: its canonical key, without quotes.
std::string hashed_text(const Place& place);
/// The hashed places of a clear one: under every key that may have been used; none for a hashed one.
std::vector<Place> hashed_places(const Place& place, const HashKeys& keys);
/// The one where new listings go. Error `invalid`: there is no key.
base::Result<Place> hashed_place(const Place& place, const HashKeys& keys);

}  // namespace signpost::store::list
