// For a message that we have signed before: which keys need not sign again (dkim/own_signature verifies), and how
// the body must be hashed to know. The signatures of others are neither checked nor changed.
#pragma once

#include <vector>

#include "base/clock.h"
#include "dkim/settings.h"
#include "milter/draft.h"
#include "milter/transaction.h"

namespace signpost::milter {

/// The canonicalizations in which the body is hashed as it arrives: the one we sign with first, none
/// if no key signs. After plan.selection is known.
std::vector<dkim::Canon> canons_wanted(const Transaction& transaction, base::Wall now);

/// The selected keys whose signature is not on the draft already. Fills tally.kept with the others.
std::vector<dkim::SigningKey> keys_left(Transaction& transaction, const Draft& draft, base::Wall now);

/// The body hash of the message as it will be sent.
base::Digest body_hash(Transaction& transaction, const Draft& draft, dkim::Canon canon);

}  // namespace signpost::milter
