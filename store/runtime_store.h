// What an operator set while the daemon runs, on disk: paused tenants and changed limits.
// policy/limits/overrides defines their effect.
#pragma once

#include <string_view>

#include "base/result.h"
#include "policy/limits/overrides.h"
#include "store/lmdb/env.h"
#include "store/lmdb/writer.h"

namespace signpost::store {

/// Thread-safe. Writes are on disk when they return.
class RuntimeStore {
 public:
  RuntimeStore(lmdb::Env& env, lmdb::Writer& writer) : env_(env), writer_(writer) {}

  /// All of them, ended ones too.
  base::Result<policy::limits::Overrides> load() const;

  /// Replaces all overrides with these, in one commit.
  base::Result<void> save(const policy::limits::Overrides& overrides);

  base::Result<void> pause(std::string_view tenant, const policy::limits::Pause& pause);
  /// True if it was paused.
  base::Result<bool> resume(std::string_view tenant);
  base::Result<void> set_limit(std::string_view limit, const policy::limits::LimitOverride& rates);
  /// True if it was changed.
  base::Result<bool> reset_limit(std::string_view limit);

 private:
  base::Result<void> put(std::string_view kind, std::string_view name, const std::string& value);
  base::Result<bool> erase(std::string_view kind, std::string_view name);

  lmdb::Env& env_;
  lmdb::Writer& writer_;
};

}  // namespace signpost::store
