// What an operator set while the daemon runs, on disk: paused tenants and changed limits. What they mean is
// policy/overrides'.
#pragma once

#include <string_view>

#include "base/result.h"
#include "policy/overrides.h"
#include "store/env.h"
#include "store/writer.h"

namespace signpost::store {

/// Thread-safe. Writes are on disk when they return.
class RuntimeStore {
 public:
  RuntimeStore(Env& env, Writer& writer) : env_(env), writer_(writer) {}

  /// All of them, ended ones too.
  base::Result<policy::Overrides> load() const;

  /// Makes these the overrides: one commit, nothing of the former ones is left.
  base::Result<void> save(const policy::Overrides& overrides);

  base::Result<void> pause(std::string_view tenant, const policy::Pause& pause);
  /// True if it was paused.
  base::Result<bool> resume(std::string_view tenant);
  base::Result<void> set_limit(std::string_view limit, const policy::LimitOverride& rates);
  /// True if it was changed.
  base::Result<bool> reset_limit(std::string_view limit);

 private:
  base::Result<void> put(std::string_view kind, std::string_view name, const std::string& value);
  base::Result<bool> erase(std::string_view kind, std::string_view name);

  Env& env_;
  Writer& writer_;
};

}  // namespace signpost::store
