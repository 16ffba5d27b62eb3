// The state of a running daemon by which a message is judged: listings, pauses, limits. Read from the replies to
// `explain recipient … state=yes`, which change nothing. Knows the keys of those replies; knows no socket.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mail/address.h"
#include "milter/snapshot.h"
#include "policy/limits/overrides.h"
#include "policy/suppression.h"

namespace signpost::programs {

struct MessageRun;

struct DaemonState {
  /// By canonical address, what the daemon found for it. An error: its store could not be read.
  std::map<std::string, base::Result<std::vector<policy::Listing>>> listings;
  policy::limits::Overrides overrides;  ///< pauses and changed rates, as far as they concern the message
  std::vector<std::string> buckets;     ///< each for policy::limits::Buckets::add
};

/// Takes the lines of one reply, status line first, without the empty line at its end. Errors: what the
/// daemon said; `invalid` for what is not such a reply. `state` may then be incomplete.
base::Result<void> read_explained(const std::vector<std::string>& lines, const mail::Address& recipient,
                                  DaemonState& state);

/// Sends a command line and returns all lines of the reply.
using AskDaemonLines = std::function<base::Result<std::vector<std::string>>(const std::string&)>;

/// Asks about each recipient, in the stream that the tenant's rules give and in the one that the header of
/// `raw` chooses. Recipients that do not parse cannot be listed and are not asked about.
base::Result<DaemonState> ask_state(std::string_view raw, const MessageRun& run,
                                    const milter::Snapshot& snapshot, const AskDaemonLines& ask);

}  // namespace signpost::programs
