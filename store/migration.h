// Migrates a store that was written when other addresses counted as equal: every address is listed again under the
// key that it has now. store/store compares the versions.
#pragma once

#include "base/result.h"
#include "store/lmdb/env.h"

namespace signpost::store {

/// In bounded transactions, before anything else uses the list. Killed anywhere, it can start again: each listing
/// is at one of its two keys. Listings that had two keys and now have one become one entry if reason and scope are
/// the same: the longer block stays. A damaged record moves as it is and keeps deferring mail.
base::Result<void> rekey_addresses(lmdb::Env& env);

}  // namespace signpost::store
