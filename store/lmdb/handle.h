// What store/lmdb/env.cc and store/lmdb/transaction.cc share: a transaction with the tables' handles, and LMDB's codes
// as errors. Included nowhere else.
#pragma once

#include <array>
#include <string>

#include <lmdb.h>

#include "base/result.h"
#include "store/lmdb/env.h"

namespace signpost::store::lmdb {

/// Indexed by Table; those after the last table are not used.
using TableHandles = std::array<MDB_dbi, kMaxTables>;

struct Transaction::Handle {
  MDB_txn* txn = nullptr;
  TableHandles tables{};
  const Damages* damages = nullptr;
};

/// An LMDB code or errno as an Error: `corrupt` if the file cannot be understood, `invalid` for a key of a
/// bad length, else `unavailable` (disk full, I/O error, no memory, no permission).
base::Error lmdb_error(const char* what, int code);

}  // namespace signpost::store::lmdb
