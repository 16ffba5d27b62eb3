// A finished message that a limit holds, or that is to be sent later: before the MTA is told to keep it, whoever will release it is. Which limits hold it
// is policy/judging's; when it is released, daemon/upkeep/hold_keeper's.
#pragma once

#include "dkim/settings.h"
#include "milter/draft.h"
#include "milter/outcome.h"
#include "milter/services.h"
#include "milter/transaction.h"
#include "policy/judging.h"

namespace signpost::milter {

/// Remembers what the message has still to be charged, and by which limit it is held.
void note_held(Transaction& transaction, const policy::Judged& judged);
/// At end of headers: whether it is to be sent later (Signpost-Send-At). What cannot be is refused at the end of the message,
/// with the reason.
void schedule(Transaction& transaction, const Services& services);
/// Of a message that is sent later: its Date becomes that time.
void date_as_sent(const Transaction& transaction, Draft& draft);
/// The settings by which it is signed now, so that x= counts from when it is sent.
dkim::Settings signing_settings(const Transaction& transaction, base::Wall now);
/// Whether it waits, for a limit or for its time.
bool is_to_be_held(const Transaction& transaction);
/// For an outcome that is to be held instead: announces the message (policy/limits/hold_queue). If that fails the message is
/// deferred and not changed.
Outcome hold(Transaction& transaction, const Services& services, Outcome outcome);
/// At the end of a message that was announced and not held after all.
void give_up_hold(const Transaction& transaction, const Services& services);

}  // namespace signpost::milter
