// Writes the policy log's lines of a message: one for each decision, and a summary at the end. Knows the keys and
// their order (docs/log.md), not the spelling (policy/event) nor the destination (the EventSink).
#pragma once

#include <string_view>

#include "milter/services.h"
#include "milter/transaction.h"
#include "policy/policy.h"

namespace signpost::milter {

/// One decision at a stage ("mail", "rcpt", or "headers" for what a late stream changed); `recipient` may be
/// nullptr. In observe mode the action is written as `observe`. A spam trap gets a second line, stage=alarm,
/// and counts against the tenant.
void record_decision(const Services& services, const Transaction& transaction, std::string_view stage,
                     const policy::Verdict& verdict, const mail::Recipient* recipient);

/// The summary line, and the totals.
void record_message(const Services& services, const Transaction& transaction);

/// A message that was not completed. Its line says `reason=aborted`, or how all its recipients were answered.
void record_abort(const Services& services, Transaction& transaction);

}  // namespace signpost::milter
