// RCPT: judges one recipient (policy/judging), keeps what was reserved for it, and answers what this sender can
// receive. Also judges again at end of headers if the header chose another stream.
#pragma once

#include "mail/envelope.h"
#include "milter/services.h"
#include "milter/transaction.h"
#include "policy/policy.h"

namespace signpost::milter {

/// The answer to the MTA: accept, defer or refuse. An accepted recipient is appended to the envelope, perhaps
/// marked as dropped. Local submission is always answered with accept; the result is kept for end of message.
policy::Verdict judge_recipient(Transaction& transaction, const Services& services,
                                mail::Recipient recipient);

/// Judges all accepted recipients again under the envelope's new stream: blocked ones are dropped, a full
/// limit becomes the message's verdict (RCPT has been answered already).
void judge_again(Transaction& transaction, const Services& services);

/// Gives back everything that was reserved, trials too. Idempotent.
void release_reservations(Transaction& transaction, const Services& services);

}  // namespace signpost::milter
