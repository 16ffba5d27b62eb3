// Mail that came back to a return path of ours, as data, and the port that takes it. Who keeps it on its way is milter/returned.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "milter/snapshot.h"

namespace signpost::milter {

struct ReturnedMail {
  std::string id;  ///< ULID of this message, as on its line in the log
  std::string queue_id;
  std::vector<std::string> local_parts;  ///< of the recipients at bounce domains, as given
  /// A Return-Path with the envelope's sender, header and body; a large body is cut off.
  std::string raw;
  std::string client;
  bool by_own_mta = false;  ///< this host's MTA made it (policy/own_report)
};

/// Implemented by the daemon, and by twins in tests. Thread-safe.
class ReturnedMailSink {
 public:
  virtual ~ReturnedMailSink() = default;
  /// Whatever it causes is on disk when it returns. Error: nothing was done, and the mail must be kept by whoever has it.
  virtual base::Result<void> take(const ReturnedMail& mail, const Snapshot& snapshot) = 0;
};

}  // namespace signpost::milter
