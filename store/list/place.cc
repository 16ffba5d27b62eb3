#include "store/list/place.h"

#include "mail/address.h"
#include "store/list/records.h"
#include "store/tables.h"

namespace signpost::store::list {
namespace {

constexpr std::size_t kMaxNameBytes = 255;   ///< tenant, stream, by
constexpr std::size_t kMaxNoteBytes = 2048;  ///< note, as_given

Place place_of(const mail::HashedAddress& hashed) {
  return {tables::hashed, hashed_key(hashed), mail::format_hashed_address(hashed)};
}

base::Result<void> check_lengths(const policy::Listing& listing) {
  for (const std::string* name : {&listing.tenant, &listing.stream, &listing.by}) {
    if (name->size() > kMaxNameBytes)
      return base::invalid("tenant, stream and by must not be longer than 255 bytes");
  }
  for (const std::string* text : {&listing.note, &listing.as_given}) {
    if (text->size() > kMaxNoteBytes) return base::invalid("a note must not be longer than 2048 bytes");
  }
  return {};
}

}  // namespace

Place place_of(const mail::Address& address) {
  return {tables::addresses, address_key(address), mail::format_address(mail::canonical(address))};
}

base::Result<Place> place_of(std::string_view text) {
  if (mail::looks_hashed(text)) {
    return mail::parse_hashed_address(text).map(
        [](const mail::HashedAddress& hashed) { return place_of(hashed); });
  }
  if (text.starts_with('@')) {
    auto domain = mail::canonical_domain(text.substr(1));
    if (!domain) return tl::unexpected(domain.error());
    return Place{tables::domains, reversed_domain(*domain), "@" + *domain};
  }
  auto address = mail::parse_address(text);
  if (!address) return tl::unexpected(address.error());
  return place_of(*address);
}

base::Result<std::string> address_at(lmdb::Table table, std::string_view key) {
  if (table == tables::domains) return "@" + reversed_domain(key);
  if (table == tables::hashed) return parse_hashed_key(key).map(mail::format_hashed_address);
  return parse_address_key(key).map(mail::format_address);
}

base::Result<Place> checked_place(policy::Listing& listing, const HashKeys& keys) {
  return place_of(listing.address).and_then([&](const Place& place) {
    return checked_place(place, listing, keys);
  });
}

base::Result<Place> checked_place(const Place& place, policy::Listing& listing, const HashKeys& keys) {
  if (place.table == tables::hashed) {
    if (auto known = keys.check(*parse_hashed_key(place.key)); !known) return tl::unexpected(known.error());
    listing.as_given = place.address;
  } else if (listing.subdomains && place.table != tables::domains) {
    return base::invalid("subdomains=yes is only valid for @DOMAIN");
  }
  const bool is_one_stream = !listing.stream.empty() && !listing.stream.starts_with('!');
  if (is_one_stream && listing.tenant.empty()) return base::invalid("a stream needs a tenant");
  if (auto fits = check_lengths(listing); !fits) return tl::unexpected(fits.error());
  listing.address = place.address;
  return place;
}

policy::Listing listing_at(const Place& place, policy::Listing listing) {
  if (place.table != tables::hashed || listing.address == place.address) return listing;
  listing.address = listing.as_given = place.address;
  listing.note.clear();
  return listing;
}

std::string hashed_text(const Place& place) {
  if (place.table != tables::addresses) return place.address;
  return parse_address_key(place.key).map(mail::canonical_key).value_or(place.address);
}

std::vector<Place> hashed_places(const Place& place, const HashKeys& keys) {
  std::vector<Place> places;
  if (place.table == tables::hashed) return places;
  for (const mail::HashedAddress& hashed : keys.hashes(hashed_text(place)))
    places.push_back(place_of(hashed));
  return places;
}

base::Result<Place> hashed_place(const Place& place, const HashKeys& keys) {
  if (place.table == tables::hashed) return place;
  return keys.hash(hashed_text(place)).map([](const mail::HashedAddress& hashed) {
    return place_of(hashed);
  });
}

}  // namespace signpost::store::list
