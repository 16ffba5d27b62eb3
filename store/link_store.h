// Which tracking links an operator switched off, on disk. track/blocks decides which links are affected.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/list/records.h"
#include "store/lmdb/env.h"
#include "store/lmdb/writer.h"

namespace signpost::store {

/// Thread-safe. Writes are on disk when they return.
class LinkStore {
 public:
  LinkStore(lmdb::Env& env, lmdb::Writer& writer) : env_(env), writer_(writer) {}

  /// All of them, by scope and value.
  base::Result<std::vector<list::LinkBlock>> load() const;
  /// True if it is new; one that is there keeps its `since`. Error `invalid` for a value that is too long.
  base::Result<bool> block(list::LinkBlock block);
  /// True if it was blocked.
  base::Result<bool> unblock(std::string_view scope, std::string_view value);

 private:
  lmdb::Env& env_;
  lmdb::Writer& writer_;
};

}  // namespace signpost::store
