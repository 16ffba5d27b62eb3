// Which messages the MTA holds for a limit, on disk. daemon/upkeep/hold_keeper decides when they go.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/limits/hold_queue.h"
#include "store/lmdb/env.h"
#include "store/lmdb/writer.h"

namespace signpost::store {

/// Thread-safe. Writes are on disk when they return.
class HoldStore {
 public:
  HoldStore(lmdb::Env& env, lmdb::Writer& writer) : env_(env), writer_(writer) {}

  /// All of them, the oldest first. Error `corrupt`: a record cannot be read.
  base::Result<std::vector<policy::limits::HeldMessage>> load() const;
  base::Result<void> add(const policy::limits::HeldMessage& message);
  /// Those that are not there are no error.
  base::Result<void> remove(std::span<const std::string> ids);

 private:
  lmdb::Env& env_;
  lmdb::Writer& writer_;
};

/// All but the id, which is the key.
std::string format_held_message(const policy::limits::HeldMessage& message);
/// Error `corrupt` for anything that format_held_message does not write.
base::Result<policy::limits::HeldMessage> parse_held_message(std::string_view id, std::string_view value);

}  // namespace signpost::store
