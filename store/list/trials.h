// The trials of listings that ended (policy/probation), within one transaction. store/list/suppression_store
// begins and ends the transactions.
#pragma once

#include <optional>
#include <vector>

#include "policy/probation.h"
#include "store/list/listing_table.h"

namespace signpost::store::list {

/// Marks all listings as on trial; if one has changed since it was found, or is on trial already, marks none. True
/// if they were marked.
base::Result<bool> begin_trials(lmdb::WriteTransaction& transaction, const std::vector<policy::Listing>& due,
                                base::Wall now);
/// Removes the mark of that moment again, where it still is.
base::Result<void> give_trials_back(lmdb::WriteTransaction& transaction,
                                    const std::vector<policy::Listing>& listings, base::Wall begun);
/// True if the listing was on trial: then it is removed, or blocks until `until`.
base::Result<bool> end_trial(lmdb::WriteTransaction& transaction, const policy::Listing& listing,
                             policy::TrialResult result, std::optional<base::Wall> until);

}  // namespace signpost::store::list
