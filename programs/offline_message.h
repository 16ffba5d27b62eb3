// One message through the whole decision in memory, and back: no daemon, no socket, no state is read or
// changed. Limitation: only signpostd opens the store, so listings and the use of limits are not consulted.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "milter/snapshot.h"
#include "policy/policy.h"

namespace signpost::programs {

/// The envelope. Without login and client it is local submission.
struct MessageRun {
  std::string sender;
  std::vector<std::string> recipients;
  std::string login;
  std::string client;
};

struct MessageResult {
  policy::Action action = policy::Action::accept;
  /// The resulting message, empty if it is not accepted; with bare LF if all line ends of the original were.
  std::string message;
  std::string edits;             ///< for undo_message
  std::vector<std::string> log;  ///< policy-log lines, in text form, of every decision
};

/// `raw` is a file's bytes, with any line ends. Error `invalid` for a client that is not an address.
base::Result<MessageResult> run_message(std::string_view raw, const MessageRun& run,
                                        std::shared_ptr<const milter::Snapshot> snapshot,
                                        const base::Clock& clock);

/// The original, bit for bit, from what run_message gave.
base::Result<std::string> undo_message(std::string_view raw, std::string_view edits);

}  // namespace signpost::programs
