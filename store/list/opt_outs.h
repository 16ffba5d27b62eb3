// What comes back from recipients, an unsubscribe and its undo or a report about an address, within one transaction: where only hashes are kept of
// an address, an unsubscribe becomes hashes too. store/hit_store commits it with what was counted.
#pragma once

#include "base/result.h"
#include "policy/suppression.h"
#include "store/list/listing_table.h"
#include "store/list/suppression_store.h"
#include "store/lmdb/env.h"

namespace signpost::store::list {

/// Lists the address of an unsubscribe, or of a report. What is already listed in this scope keeps its `since`, and the `by` and `note`
/// of another who listed it, so that no undo removes it. True if nothing of this scope was in force.
/// A hash whose record is damaged does not prevent it: then the address is listed in the clear, because it was
/// acknowledged. Errors: `invalid`, `corrupt`: nothing was written, and the transaction can go on; `unavailable`: it
/// must be given up.
base::Result<bool> add_opt_out(lmdb::WriteTransaction& transaction, Sets& sets, const SuppressionStore& list,
                               policy::Listing listing);

/// Removes the entry that `by` made at the moment `since`, or up to track::kUndoTime before (unsubscribing twice makes
/// only one entry), in the clear or hashed; any other stays. Errors as above.
base::Result<void> undo_opt_out(lmdb::WriteTransaction& transaction, Sets& sets, const SuppressionStore& list,
                                policy::Listing listing);

/// Removes the entry if it is exactly this one, as add_opt_out made it of an address that was not listed: every member, in the clear,
/// and no replacement of its set is running. False, and nothing is done, where anything else contributed, or where that cannot be
/// told, because only hashes are kept. Errors as above.
base::Result<bool> withdraw(lmdb::WriteTransaction& transaction, Sets& sets, const SuppressionStore& list,
                            policy::Listing listing);

}  // namespace signpost::store::list
