// Hashed listings while a set is replaced: they go into the new generation as they are.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "store/list/records.h"
#include "store/lmdb/env.h"
#include "store/lmdb/writer.h"

namespace signpost::store::list {

/// The listings of a set that count until it is replaced.
struct Former {
  SetName name;
  std::uint64_t generation;
};

/// How many hashed listings it has. Errors: unavailable, corrupt.
base::Result<std::uint64_t> count_hashed(lmdb::Env& env, const Former& former);
/// Gives each of them a twin in the new generation, unless there is one in the same scope. Returns how many; they are on
/// disk. Lookups and other writers get their turn meanwhile. Errors: unavailable, corrupt.
base::Result<std::uint64_t> carry_hashed(lmdb::Env& env, lmdb::Writer& writer, const Former& former,
                                         std::uint64_t generation);

}  // namespace signpost::store::list
