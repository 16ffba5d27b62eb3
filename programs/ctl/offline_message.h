// Judges and changes one message in memory, and undoes the changes: without a socket, and without changing any
// state. What only a running daemon knows (listings, pauses, limits) comes from programs/ctl/daemon_state, or is
// left out.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "mail/envelope.h"
#include "mail/file/message_file.h"
#include "milter/snapshot.h"
#include "policy/policy.h"
#include "programs/ctl/daemon_state.h"

namespace signpost::programs {

/// The envelope. Without login and client it is a local submission.
struct MessageRun {
  std::string sender;
  std::vector<std::string> recipients;
  std::string login;
  std::string client;
  std::string host = {};  ///< the MTA's name in Received fields of this host
  mail::Mta mta = mail::Mta::unknown;
  std::optional<mail::Origin> origin = {};  ///< nullopt: by login, client and header
};

struct MessageResult {
  policy::Action action = policy::Action::accept;
  /// The message that would leave, empty if it is not accepted; with bare LF if all line ends of the original were.
  std::string message;
  std::string edits;             ///< for undo_message
  std::vector<std::string> log;  ///< policy-log lines, in text form, of every decision
  /// What was asked on the way to them, as `explain recipient` shows it: "to=ADDRESS what=check …", and without `to=` for the
  /// message as a whole. A recipient that is judged again, because of the header, is there again.
  std::vector<std::string> trace;
};

/// How it comes in: by command if it is a local submission.
mail::Door door_of(const MessageRun& run);

/// Client, login and sender as the session will see them. A client that is not an address is left out.
mail::Envelope make_envelope(const MessageRun& run);

/// `raw` is a file's bytes, with any line ends, taken in as an MTA does (mail/file/message_file.h). Without a `state` no
/// one is listed, no tenant is paused and no limit has been used. Errors: `invalid` for a client that is not an address; `corrupt` for a state with
/// broken buckets.
base::Result<MessageResult> run_message(std::string_view raw, const MessageRun& run,
                                        std::shared_ptr<const milter::Snapshot> snapshot,
                                        const base::Clock& clock, const DaemonState* state = nullptr);

/// The original message, bit for bit, from the result of run_message.
base::Result<std::string> undo_message(std::string_view raw, std::string_view edits);

}  // namespace signpost::programs
