// The progress of DKIM keys through their states, on disk, beside the overrides: a key that was active stays active
// across a restart. dkim/gate defines the states.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "dkim/gate.h"
#include "store/lmdb/env.h"
#include "store/lmdb/writer.h"
#include "store/tables.h"

namespace signpost::store {

/// By record name, "SELECTOR._domainkey.DOMAIN".
using KeyProgresses =
    std::unordered_map<std::string, dkim::KeyProgress, dkim::KeyTable::Hash, std::equal_to<>>;

/// Thread-safe. Writes are on disk when they return.
class KeyStore {
 public:
  /// How its keys in tables::runtime begin.
  static constexpr std::string_view kPrefix{"dkim\0", 5};

  KeyStore(lmdb::Env& env, lmdb::Writer& writer) : env_(env), writer_(writer) {}

  base::Result<KeyProgresses> load() const;
  /// Stores these in one commit; others stay.
  base::Result<void> put(const KeyProgresses& progresses);

 private:
  lmdb::Env& env_;
  lmdb::Writer& writer_;
};

}  // namespace signpost::store
