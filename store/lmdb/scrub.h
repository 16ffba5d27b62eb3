// Overwrites what was erased and is still in the file: LMDB keeps the old version of changed pages for later use,
// and leaves deleted entries in the gaps of used ones.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "store/lmdb/env.h"

namespace signpost::store::lmdb {

/// One thread at a time.
class Scrub {
 public:
  /// Sometimes writes the pair "scrub" into `table`, because a commit needs something to commit.
  Scrub(Env& env, Table table) : env_(env), table_(table) {}

  /// Zeros every free page that no reader or earlier commit may still need, and every gap; on disk when it
  /// returns. Reads the whole file, and writes wait meanwhile: seconds for a gigabyte. Returns how many free
  /// pages were overwritten.
  /// Limitation: LMDB keeps buffers of pages in memory, whose old bytes a later commit may write into a gap; the
  /// next run overwrites them.
  base::Result<std::uint64_t> run();

 private:
  Env& env_;
  const Table table_;
};

}  // namespace signpost::store::lmdb
