// What was erased and is still in the file: LMDB keeps the former form of changed pages for later, and leaves
// deleted entries in the gaps of used ones. This overwrites both.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "store/env.h"

namespace signpost::store {

/// One thread at a time.
class Scrub {
 public:
  explicit Scrub(Env& env) : env_(env) {}

  /// Zeros every free page that no reader or earlier commit may still need, and every gap; on disk when it
  /// returns. Reads the whole file, and writes wait meanwhile: seconds for a gigabyte. Returns how many free
  /// pages there were.
  base::Result<std::uint64_t> run();

 private:
  Env& env_;
  std::uint64_t done_until_ = 0;  ///< pages that were freed by transactions up to this one are overwritten
};

}  // namespace signpost::store
