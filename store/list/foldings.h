// Which tenants treat several addresses as one mailbox, and the index by which their listings are found from each
// of these addresses: folded address and tenant -> the address that is listed. A row that no longer leads to a
// listing is harmless. mail/local_part does the folding.
//
//   folded     KEY NUL TENANT FOLDS HASH          the key in `addresses` that is meant
//
// KEY is the folded address as a key of `addresses`, TENANT the hash of the name, HASH tells addresses apart
// that fold to the same.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mail/local_part.h"
#include "store/list/listing_table.h"

namespace signpost::store::list {

class Foldings {
 public:
  Foldings() = default;
  /// By tenant; those that fold nothing may be left out.
  explicit Foldings(const std::map<std::string, mail::Folds>& tenants);

  mail::Folds of(std::string_view tenant) const;
  /// The different ways of folding in use.
  const std::vector<mail::Folds>& ways() const { return ways_; }
  bool any() const { return !ways_.empty(); }
  /// Whether the tenant's listings at the place of that hash are meant.
  bool means(const struct HashedSpelling& spelling, std::string_view tenant) const;
  /// One text for equal foldings: whether the index was made for these.
  std::string format() const;

 private:
  std::map<std::string, mail::Folds, std::less<>> tenants_;
  std::vector<mail::Folds> ways_;
};

/// Makes the row by which this listing's tenant finds the place from addresses that fold to the same. Does nothing
/// where no row is needed: for a place that is not an address, a tenant that does not fold, an address that is
/// already folded, a hash.
base::Result<void> index_folded(lmdb::WriteTransaction& transaction, const Place& place,
                                std::string_view tenant, const Foldings& foldings);
/// Removes that row, whatever else is listed there for the tenant.
base::Result<void> unindex_folded(lmdb::WriteTransaction& transaction, const Place& place,
                                  std::string_view tenant, const Foldings& foldings);
/// The places, other than its own, at which listings of folding tenants hold for this address; each with the
/// folding of those tenants.
struct FoldedPlace {
  Place place;
  mail::Folds folds;
};
base::Result<std::vector<FoldedPlace>> folded_places(const lmdb::Transaction& transaction,
                                                     const mail::Address& address, const Foldings& foldings);

// What is kept as a hash cannot be folded any more. So a folding tenant's listing is kept under two hashes:
// of the address itself, and of what it folds to; each address looks for both.
// Limitation: a hash that was made before its tenant folded like that is found by its own address only.

/// A hashed place that an address looks at.
struct HashedSpelling {
  Place place;
  std::optional<mail::Folds> folds;  ///< only the tenants that fold like that are meant; absent: all
};
/// The hashed places of a clear one, under every key that may have been used; none for a hashed one.
std::vector<HashedSpelling> hashed_spellings(const Place& place, const HashKeys& keys,
                                             const Foldings& foldings);
/// The place that an address folds to; nullopt if that is the address itself, or the place is not
/// that of an address.
std::optional<Place> folded_place(const Place& place, mail::Folds folds);

/// The listed address that a row leads to, and its tenant's hash and folds. Error `corrupt`.
struct FoldedRow {
  std::uint32_t tenant = 0;
  mail::Folds folds;
};
base::Result<FoldedRow> parse_folded_key(std::string_view key);

}  // namespace signpost::store::list
