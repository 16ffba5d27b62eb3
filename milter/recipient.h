// RCPT: one recipient is judged (policy/judging), what that took is kept, and the answer is what this sender
// can hear. Also the second judging at end of headers, when the header chose another stream.
#pragma once

#include "mail/envelope.h"
#include "milter/services.h"
#include "milter/transaction.h"
#include "policy/policy.h"

namespace signpost::milter {

/// What the MTA hears: accept, defer or refuse. An accepted recipient is appended to the envelope, perhaps
/// marked as dropped. Local submission always hears accept; what was found is kept for end of message.
policy::Verdict judge_recipient(Transaction& transaction, const Services& services,
                                mail::Recipient recipient);

/// Judges all accepted recipients again under the envelope's new stream: blocked ones are dropped, a full
/// limit becomes the message's verdict (RCPT has been answered already).
void judge_again(Transaction& transaction, const Services& services);

/// Gives back everything that was reserved, trials too. Idempotent.
void release_reservations(Transaction& transaction, const Services& services);

}  // namespace signpost::milter
