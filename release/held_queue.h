// The hold queue of one MTA as a port: look at a message, and let the MTA act on some. Postfix and Sendmail implement it; tests
// have a twin.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "release/protocol.h"
#include "release/sight.h"

namespace signpost::release {

/// Thread-safe. Ids are those for which is_id holds.
class HeldQueue {
 public:
  virtual ~HeldQueue() = default;
  /// Error if its directories or its program are not there: for an administrator who checks.
  virtual base::Result<void> check() const = 0;
  virtual bool is_id(std::string_view text) const = 0;
  /// Whether this MTA can do it (`release`, `drop`, `refuse`).
  virtual bool can(Verb verb) const = 0;
  /// Error `unavailable` if the queue cannot be read.
  virtual base::Result<Sight> look(const std::string& id) const = 0;
  /// Lets the MTA's own program do it for all of them, in its hold queue only, and waits for it. What it says is for the log:
  /// look again. An error says why the program failed, or how it could not be run.
  virtual base::Result<void> act(Verb verb, const std::vector<std::string>& ids) const = 0;
  /// Lets the MTA look at once for what `act` moved, if it would only do so at its next queue run; other mail that waits is not
  /// tried before its time. An error changes nothing: the queue run comes anyway.
  virtual base::Result<void> hurry() const = 0;
  /// How many ids are worth one call.
  virtual std::size_t batch() const = 0;
};

}  // namespace signpost::release
