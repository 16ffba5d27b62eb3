// Listings within one transaction: which entries exist, adding one and finding all. store/list/place says
// where an address is listed; store/list/suppression_store begins and ends the transactions.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/suppression.h"
#include "store/list/hash_keys.h"
#include "store/list/place.h"
#include "store/list/records.h"
#include "store/lmdb/env.h"

namespace signpost::store::list {

class Foldings;

/// The sets as one transaction sees them, read once each.
class Sets {
 public:
  explicit Sets(const lmdb::Transaction& transaction) : transaction_(transaction) {}

  /// Good as long as the Sets; changes are written by `write`.
  base::Result<Set*> get(policy::Reason reason, std::string_view tenant);
  /// Whether the entry is of the generation that a running replacement is writing.
  base::Result<bool> is_coming(const Entry& entry);
  /// Drops entries of generations that a replacement left behind, done or cut short. With `coming` those of
  /// one that is under way stay.
  base::Result<void> prune(std::vector<Entry>& entries, bool coming);
  /// Counts a new entry.
  base::Result<void> count_entry(const Entry& entry);
  /// Uncounts an entry that was removed.
  base::Result<void> forget_entry(const Entry& entry);
  /// The same for one of the replacement under way.
  base::Result<void> forget_coming(const Entry& entry);
  /// The running replacement, or nullptr.
  base::Result<const Replacing*> replacing();
  base::Result<void> write(lmdb::WriteTransaction& transaction) const;

 private:
  const lmdb::Transaction& transaction_;
  std::map<std::string, Set> sets_;
  bool asked_ = false;  ///< whether there is a running replacement
  std::optional<Replacing> replacing_;
  bool counted_coming_ = false;
};

/// The running replacement, if there is one. Opening the store ends one that a former process left.
base::Result<std::optional<Replacing>> read_replacing(const lmdb::Transaction& transaction);

/// The same reason, tenant and stream.
bool same_scope(const policy::Listing& a, const policy::Listing& b);
/// The later of two ends; none is the latest.
std::optional<base::Wall> later_end(const std::optional<base::Wall>& a, const std::optional<base::Wall>& b);

/// What is stored at a place, of any generation; empty if there is nothing.
base::Result<std::vector<Entry>> read_record(const lmdb::Transaction& transaction, const Place& place);
/// The same from its bytes.
base::Result<std::vector<Entry>> read_entries(const Place& place, std::string_view bytes);
/// Erases the record if there are no entries.
base::Result<void> write_record(lmdb::WriteTransaction& transaction, const Place& place,
                                const std::vector<Entry>& entries);

/// Puts an entry among those of its place. One of the same generation and scope is updated: it keeps its
/// `since`, unless it had ended. True if there was none.
bool merge_entry(std::vector<Entry>& entries, Entry entry);
/// True if it is new. The listing comes from checked_place; the set's count is changed in `sets`.
/// Refuses before it writes.
base::Result<bool> add_listing(lmdb::WriteTransaction& transaction, Sets& sets, const Place& place,
                               policy::Listing listing);
/// Every listing that exists for the address, its domain, and the parents that cover names below them, in the
/// clear or hashed; and those of tenants that take another listed address for the same mailbox.
base::Result<std::vector<policy::Listing>> find_listings(const lmdb::Transaction& transaction,
                                                         const mail::Address& address, const HashKeys& keys,
                                                         const Foldings& foldings);
/// Those of one place and of its hashed ones.
base::Result<std::vector<policy::Listing>> listings_at(const lmdb::Transaction& transaction,
                                                       const Place& place, const HashKeys& keys,
                                                       const Foldings& foldings);
// Several addresses may have left a hash for their mailbox. Only the one that is alone there may take it back:

/// `by` of a hash that stands for a whole mailbox: of a recipient's own opt-out with the hashed place of the address from
/// which it came.
std::string by_in_mailbox(const std::string& by, const Place& own_hash);
/// Whether a recipient made it, from this address or another of the mailbox.
bool is_by_recipient(const std::string& by);
/// Of two entries that become one: what somebody else listed than the recipient stays theirs, and what two addresses of a
/// mailbox asked for is neither's alone.
std::string by_of_both(const std::string& there, const std::string& added);

/// Moves what is listed at a clear place to all the hashed places that its tenant needs, without notes and
/// spellings; an entry that is already there in the same scope stays, began with the earlier and lasts as long as the
/// longer of both.
/// Returns how many entries left the clear place.
using HashedPlaces =
    std::function<base::Result<std::vector<Place>>(const Place& clear, std::string_view tenant)>;
base::Result<std::uint64_t> hash_record(lmdb::WriteTransaction& transaction, Sets& sets, const Place& clear,
                                        const HashedPlaces& hashed_places);

}  // namespace signpost::store::list
