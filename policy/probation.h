// Probation: when a listing has ended, one message may find out whether the mailbox works again. This port
// lets that message through and takes its outcome. policy/suppression decides which listings are due; the
// store implements the port.
#pragma once

#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "policy/suppression.h"

namespace signpost::policy {

enum class TrialResult {
  accepted,  ///< the mailbox took the message: the listing goes
  bounced,   ///< it did not: the listing blocks again
};

/// Thread-safe. Everything is on disk when a call returns. A daemon that dies between `begin` and the end of
/// its message leaves the trial open: the listing continues to block for the time of the probation and
/// then ends as if nothing had come back.
class Probation {
 public:
  virtual ~Probation() = default;

  /// Takes the trial of all these listings, or of none. True for exactly one caller: false if one of them is
  /// not due any more, because another message was first or the listing changed.
  virtual base::Result<bool> begin(const std::vector<Listing>& due, base::Wall now) = 0;
  /// The message that was let through at `begun` did not go out: its listings are due again.
  virtual base::Result<void> give_back(const std::vector<Listing>& listings, base::Wall begun) = 0;
  /// What came back. A listing that bounced blocks until `until`, or for good. True if it was on trial.
  virtual base::Result<bool> end(const Listing& listing, TrialResult result,
                                 std::optional<base::Wall> until) = 0;
};

}  // namespace signpost::policy
