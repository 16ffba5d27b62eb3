// Everything that is stored about one person: the port behind `subject show` and `subject erase`. Each part that keeps
// something about recipients adds a source; docs/privacy.md lists all of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "mail/address.h"
#include "policy/fields.h"

namespace signpost::daemon::upkeep {

/// The functions are called from any thread; an empty one has nothing to do.
struct SubjectSource {
  std::string what;  ///< a word for one such thing: "listing", "event"
  /// Everything about the person, one line for each thing, in the clear if it is kept in the clear.
  std::function<base::Result<std::vector<policy::Fields>>(const mail::Address&)> show;
  /// Erases it; on disk when it returns. Returns how many things there were. What must outlive an erasure, such as a
  /// block, is kept in a form that names no one.
  std::function<base::Result<std::uint64_t>(const mail::Address&)> erase;
  /// Called before anything is erased: returns when all that waits, about anybody, is where it belongs. After an error
  /// the rest is erased all the same, and the error told.
  std::function<base::Result<void>()> settle = {};
};

}  // namespace signpost::daemon::upkeep
