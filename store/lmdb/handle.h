// What store/lmdb/env.cc and store/lmdb/transaction.cc share: a transaction with the tables' handles, and LMDB's codes
// as errors. Included nowhere else.
#pragma once

#include <array>
#include <memory>
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

struct CursorCloser {
  void operator()(MDB_cursor* cursor) const { mdb_cursor_close(cursor); }
};
/// Closed at the end of its scope, since what is done with a pair may throw.
using Cursor = std::unique_ptr<MDB_cursor, CursorCloser>;

struct ReadOnlyEnder {
  void operator()(MDB_txn* txn) const { mdb_txn_abort(txn); }
};
/// Likewise a transaction that only reads.
using ReadOnly = std::unique_ptr<MDB_txn, ReadOnlyEnder>;

/// A cursor of the transaction over a table; null, and the code in `code`, if there is none.
Cursor open_cursor(MDB_txn* txn, MDB_dbi table, int& code);

/// An LMDB code or errno as an Error: `corrupt` if the file cannot be understood, `invalid` for a key of a
/// bad length, else `unavailable` (disk full, I/O error, no memory, no permission).
base::Error lmdb_error(const char* what, int code);

}  // namespace signpost::store::lmdb
