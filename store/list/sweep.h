// Removes from the disk what no lookup counts any more: listings that ended long ago, entries of sets that were
// replaced, index rows that lead nowhere. Works in slices, beside mail and commands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/lmdb/env.h"
#include "store/lmdb/writer.h"
#include "store/tables.h"

namespace signpost::store::list {

class SuppressionStore;

/// One thread at a time.
class Sweep {
 public:
  Sweep(lmdb::Env& env, lmdb::Writer& writer, const SuppressionStore& list)
      : env_(env), writer_(writer), list_(list) {}

  struct Done {
    std::uint64_t removed = 0;  ///< entries and rows
    bool at_end = false;        ///< everything was visited; the next slice starts over
  };
  /// Visits a thousand records. Removes listings that ended, with their trial if they had one, before
  /// `ended_before`, and entries of every generation except the set's current one and that of a running
  /// replacement. Records that cannot be read stay: they defer mail until an operator removes them.
  base::Result<Done> slice(base::Wall ended_before);

 private:
  base::Result<std::vector<std::string>> look(const lmdb::Transaction& transaction, base::Wall ended_before,
                                              std::optional<std::string>& next) const;
  base::Result<bool> is_wanted(const lmdb::Transaction& transaction,
                               const lmdb::Transaction::Pair& row) const;
  base::Result<std::uint64_t> clean(lmdb::WriteTransaction& transaction, const std::vector<std::string>& keys,
                                    base::Wall ended_before) const;

  lmdb::Env& env_;
  lmdb::Writer& writer_;
  const SuppressionStore& list_;
  lmdb::Table table_ = tables::domains;
  std::string from_;
};

}  // namespace signpost::store::list
