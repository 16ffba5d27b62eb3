// Takes off the disk what no lookup counts any more: listings that ended long ago, entries of sets that were
// replaced, index rows that lead nowhere. In slices, beside mail and commands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/env.h"
#include "store/writer.h"

namespace signpost::store {

class SuppressionStore;

/// One thread at a time.
class Sweep {
 public:
  Sweep(Env& env, Writer& writer, const SuppressionStore& list) : env_(env), writer_(writer), list_(list) {}

  struct Done {
    std::uint64_t removed = 0;  ///< entries and rows
    bool at_end = false;        ///< all was looked at; the next slice begins anew
  };
  /// Looks at a thousand records. Takes off listings that ended, with their trial if they had one, before
  /// `ended_before`, and entries of every generation but the set's current one and that of a replacement
  /// under way. Records that cannot be read stay: they defer mail until somebody looks.
  base::Result<Done> slice(base::Wall ended_before);

 private:
  base::Result<std::vector<std::string>> look(const Transaction& transaction, base::Wall ended_before,
                                              std::optional<std::string>& next) const;
  base::Result<bool> is_wanted(const Transaction& transaction, const Transaction::Pair& row) const;
  base::Result<std::uint64_t> clean(WriteTransaction& transaction, const std::vector<std::string>& keys,
                                    base::Wall ended_before) const;

  Env& env_;
  Writer& writer_;
  const SuppressionStore& list_;
  Table table_ = Table::domains;
  std::string from_;
};

}  // namespace signpost::store
