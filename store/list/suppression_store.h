// The suppression list on disk: lookups for policy, and the operator's writes. policy/suppression decides
// which listing counts; store/list/records spells the records.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/probation.h"
#include "policy/suppression.h"
#include "store/list/folding_index.h"
#include "store/list/hash_keys.h"
#include "store/list/listing_table.h"
#include "store/list/records.h"
#include "store/lmdb/env.h"
#include "store/lmdb/writer.h"

namespace signpost::store::list {

/// Which listings to show or remove. Absent: any. An empty tenant means the listings that hold everywhere, an empty
/// stream those of no single stream.
struct ListingFilter {
  std::optional<policy::Reason> reason;
  std::optional<std::string> tenant;
  std::optional<std::string> stream;
  bool operator()(const policy::Listing& listing) const;
  bool is_narrow() const { return reason || tenant || stream; }
};

/// Thread-safe. A listing that is not of its set's current generation does not exist for any of these calls.
/// An address is found, shown and removed whether it is listed in the clear or as a keyed hash.
class SuppressionStore final : public policy::Suppressions, public policy::Probation {
 public:
  SuppressionStore(lmdb::Env& env, lmdb::Writer& writer) : env_(env), writer_(writer), folded_(env) {}

  /// Sets the keys of hashed listings; must be called before anything else.
  void set_keys(HashKeys keys) { keys_ = std::move(keys); }
  /// Error not_found: a key that hashed listings need is missing (see HashKeys::agree); then nothing may be looked up.
  base::Result<void> agree_on_keys();
  /// Both.
  base::Result<void> use_keys(HashKeys keys);
  const HashKeys& keys() const { return keys_; }

  /// Which tenants treat several addresses as one mailbox; call `use` at start and when the configuration changes.
  FoldingIndex& folded() { return folded_; }
  const FoldingIndex& folded() const { return folded_; }

  base::Result<bool> begin(const std::vector<policy::Listing>& due, base::Wall now) override;
  base::Result<void> give_back(const std::vector<policy::Listing>& listings, base::Wall begun) override;
  base::Result<bool> end(const policy::Listing& listing, policy::TrialResult result,
                         std::optional<base::Wall> until) override;

  /// One read transaction: the address, its domain, and each parent domain listed with the names below it.
  base::Result<std::vector<policy::Listing>> find(const mail::Address& address) const override;

  /// What is listed for exactly this address or "@domain", in the clear or hashed; not by its domain.
  base::Result<std::vector<policy::Listing>> at(std::string_view address) const;
  base::Result<std::vector<policy::Listing>> at(const Place& place) const;

  /// On disk when it returns. A listing of the same address, scope and reason is updated and keeps its `since`.
  /// `address` is brought to its canonical form; as_given, if empty, keeps what was there. True if it is new.
  /// Errors: invalid (not an address, a field that is too long), unavailable, corrupt (what is listed for that
  /// address is damaged; `remove` it).
  /// Of whom only a hash is kept, that stays so (`forget`): then the new listing is a hash too.
  base::Result<bool> add(policy::Listing listing);
  /// The same for a place that is known already: the listing's address is that of the place.
  base::Result<bool> add(const Place& place, policy::Listing listing);

  /// The same for many, in one commit; ten thousand at a time is a good number. The bad ones are left out and
  /// named by their index.
  struct AddedMany {
    std::uint64_t created = 0;
    std::uint64_t updated = 0;
    std::vector<std::pair<std::size_t, base::Error>> refused;
  };
  base::Result<AddedMany> add_many(std::vector<policy::Listing> listings);

  /// The same for an address or "@domain" in the clear, of which only keyed hashes are kept. Error `invalid`:
  /// also if there is no key.
  base::Result<bool> add_hashed(policy::Listing listing);
  base::Result<bool> add_hashed(const Place& place, policy::Listing listing);

  /// Removes the listings of an address or "@domain" that the filter selects. Returns how many. Without a filter a
  /// damaged record is removed too, and counts as one.
  base::Result<std::uint64_t> remove(std::string_view address, const ListingFilter& filter);
  base::Result<std::uint64_t> remove(const Place& place, const ListingFilter& filter);

  /// Keeps the blocks of an address or "@domain" as keyed hashes, and nothing else about it. Returns how many there
  /// were in the clear. Error `invalid`: there is no key.
  base::Result<std::uint64_t> forget(std::string_view address);
  base::Result<std::uint64_t> forget(const Place& clear);
  /// "hmac:KEYID:HEX" of an address or "@domain" under the active key. Error `invalid`.
  base::Result<std::string> hash(std::string_view address) const;
  base::Result<std::string> hash(const Place& place) const;

  /// Where a new listing of this place goes: there, or to hashed places if only hashes are to be kept of it (`is_hashed`),
  /// or are kept already. Error `invalid`: there is no key.
  base::Result<std::vector<Place>> places_of_new(const lmdb::Transaction& transaction, const Place& place,
                                                 std::string_view tenant, bool is_hashed) const;

  struct Page {
    std::vector<policy::Listing> listings;
    std::string next;  ///< `after` for the next page; empty at the end
  };
  /// Domains first, then addresses, each in the order of reversed names, then what is hashed. `after` is an
  /// address, "@domain" or hash, listed or not. An address is never split, so a page may be longer than
  /// `limit` by the listings of one address. `domain`, if not empty: only that domain and
  /// the addresses in it.
  base::Result<Page> list(std::string_view after, std::size_t limit, const ListingFilter& filter,
                          std::string_view domain = {}) const;

  /// Calls `visit` for all listings in the order of `list`, in short transactions with none open during the
  /// call. Ends early if `visit` returns false. Listings added or removed meanwhile may or may not be met.
  base::Result<void> for_each(const ListingFilter& filter,
                              const std::function<bool(const policy::Listing&)>& visit) const;

  struct Stats {
    std::uint64_t addresses = 0;  ///< with a listing of any generation
    std::uint64_t domains = 0;
    std::uint64_t hashed = 0;
    std::map<policy::Reason, std::uint64_t> by_reason;
    std::map<std::string, std::uint64_t> by_tenant;  ///< "" is everywhere
  };
  base::Result<Stats> stats() const;

 private:
  base::Result<bool> add_one(lmdb::WriteTransaction& transaction, Sets& sets, const Place& place,
                             const policy::Listing& listing);
  base::Result<AddedMany> add_at(std::vector<base::Result<Place>> places,
                                 std::vector<policy::Listing> listings);
  base::Result<std::vector<Place>> places_to_hash(const Place& clear, std::string_view tenant) const;

  lmdb::Env& env_;
  lmdb::Writer& writer_;
  HashKeys keys_;
  FoldingIndex folded_;
};

}  // namespace signpost::store::list
