// Old bytes in free pages. LMDB writes changed pages anew and keeps the former ones for later: until they are
// used again they hold what was erased. This overwrites them.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "store/env.h"

namespace signpost::store {

/// One thread at a time.
class Scrub {
 public:
  explicit Scrub(Env& env) : env_(env) {}

  /// Makes every page that is free now, and that no reader or earlier commit may still need, read as zeros,
  /// on disk when it returns. Pages done once are not done again. Writes wait meanwhile: a gigabyte of free
  /// pages takes seconds. Returns how many pages.
  base::Result<std::uint64_t> run();

 private:
  Env& env_;
  std::uint64_t done_until_ = 0;  ///< pages that were freed by transactions up to this one are overwritten
};

}  // namespace signpost::store
