// MAIL and RCPT: judges the sender and each recipient (policy/judging), keeps what was reserved, and answers what this
// sender can receive. Also judges again at end of headers if the header chose another stream, or told whose mail it
// really is.
#pragma once

#include "mail/envelope.h"
#include "milter/services.h"
#include "milter/transaction.h"
#include "policy/policy.h"

namespace signpost::milter {

/// Judges the sender; the verdict is kept, because MAIL's reply is waived. Nothing is judged of mail that is not ours.
void judge_sender(Transaction& transaction, const Services& services, std::string_view stage);

/// The answer to the MTA: accept, defer or refuse. An accepted recipient is appended to the envelope, perhaps
/// marked as dropped. Local submission is always answered with accept; the result is kept for end of message. So are the
/// verdict on the sender and deferrals, as long as the header may still show that mail from this host is not ours.
policy::Verdict judge_recipient(Transaction& transaction, const Services& services,
                                mail::Recipient recipient);

/// Judges all accepted recipients again under the envelope's new stream: blocked ones are dropped, a full
/// limit becomes the message's verdict (RCPT has been answered already).
void judge_again(Transaction& transaction, const Services& services);

/// The same from the beginning, sender and dropped recipients too: the header told another identity. Of mail that turned
/// out not to be ours nothing is left but its recipients.
void judge_anew(Transaction& transaction, const Services& services);

/// A limit that would defer the message for ever, because it has more recipients than the limit ever holds, refuses it
/// instead. Only where RCPT could not tell it recipient by recipient. To be called when all are judged.
void refuse_what_never_fits(Transaction& transaction, const Services& services);

/// Of mail that came back to this host, which nothing else judges: charges [clients] reinjected_rates. Above them the
/// verdict of the message is to wait. To be called once the header is known.
void charge_reinjected(Transaction& transaction, const Services& services);

/// Gives back everything that was reserved, trials too. Idempotent.
void release_reservations(Transaction& transaction, const Services& services);

}  // namespace signpost::milter
