// Brings up to date a store that was written with other rules of which addresses are equal: every address is
// listed anew under the key that it has now. store/store compares the versions.
#pragma once

#include "base/result.h"
#include "store/lmdb/env.h"

namespace signpost::store {

/// In bounded transactions, before anything else uses the list. Killed anywhere, it may begin again: each
/// listing is at one of its two keys. Listings that were of two keys and are of one now become one entry
/// where reason and scope agree: the longer block stays. A damaged record moves as it is and
/// keeps deferring mail.
base::Result<void> rekey_addresses(lmdb::Env& env);

}  // namespace signpost::store
