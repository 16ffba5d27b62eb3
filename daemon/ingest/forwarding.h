// What comes back for a message that a person sent goes on to that person, once: to whom, and whether it went before. The MTA
// sends it (milter/returned).
#pragma once

#include "daemon/ingest/report_effect.h"
#include "feedback/report.h"
#include "feedback/settings.h"
#include "milter/returned_mail.h"
#include "store/events/event_files.h"
#include "store/store.h"
#include "system/daemon_log.h"

namespace signpost::daemon::ingest {

/// How much of what comes back for one message is forwarded: whoever holds a token of ours may send any number of reports.
inline constexpr int kMaxForwarded = 20;

/// To nobody unless the token is genuine and its stream is in feedback.forward. The sender is whom our sealed id names, else whom
/// the event files know (`sent`; nullptr: there are none). A complaint is not forwarded. What tells the same of the same recipients
/// goes twice at most: an MTA that stops before it has the answer hands it over again. An event tells that it went, or, of
/// genuine mail, that its sender is not known.
/// Errors: nothing was done.
base::Result<milter::TakenMail> forward(const milter::ReturnedMail& mail, const ReturnedTo& to,
                                        const feedback::Report& report, const feedback::Settings& settings,
                                        store::Store& store, store::EventFiles* sent,
                                        policy::EventSink& events, system::DaemonLog& log, base::Wall now);

}  // namespace signpost::daemon::ingest
