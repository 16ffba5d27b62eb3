// End of message: check, transform (rewrite, strip our own fields, sign), in this order because a signature
// covers everything before it. Apply, commit and record follow in the session, once the MTA has taken the
// edits. No libmilter here.
#pragma once

#include "milter/services.h"
#include "milter/session.h"
#include "milter/transaction.h"

namespace signpost::milter {

/// The whole decision for a judged message. Fills the transaction's tally, plan.unrewritten and
/// plan.selection.why_not with what became of it. In observe mode everything is computed,
/// but the MTA is not asked to do anything.
Outcome run_pipeline(Transaction& transaction, const Services& services);

/// The outcome for mail that is not judged: it passes, and only our own field is put on or taken off.
Outcome pass_on(Transaction& transaction, const Services& services);

/// "451 4.3.0 Temporary failure", or accept if the setting says so.
policy::Verdict internal_failure(OnError on_error, policy::Why why);

}  // namespace signpost::milter
