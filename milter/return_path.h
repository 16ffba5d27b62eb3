// The envelope sender with which a message leaves: its own, or a return path of ours, so that what comes back tells whom it is
// about. The token is feedback/return_path's.
#pragma once

#include <optional>
#include <string>

#include "milter/draft.h"
#include "milter/services.h"
#include "milter/transaction.h"

namespace signpost::milter {

/// Sets transaction.return_path for the streams of feedback.streams, once the recipients are final. Left alone are the null
/// sender, senders that other programs coded (SRS, VERP, BATV), one of ours from an earlier pass, and mail that only passes
/// an egress port.
void choose_return_path(Transaction& transaction, const Services& services);

/// The one to whom it goes (its canonical key); nullopt if there are several, or it cannot be read.
std::optional<std::string> only_recipient(const mail::Envelope& envelope);

/// As MAIL has it, in brackets: the return path if one was chosen.
std::string outgoing_sender(const Transaction& transaction);

/// The tenant of the return path that is the envelope's sender, if we made it; for policy/check_sender.
void read_return_path(Transaction& transaction);

}  // namespace signpost::milter
