// One step of judging as words, for `explain recipient` and `signpostctl message run`.
#pragma once

#include "daemon/commands/fields.h"
#include "policy/trace.h"

namespace signpost::daemon::commands {

/// The verdict as the milter would log it, and its reply to the client.
void add_verdict(const policy::Verdict& verdict, Fields& fields);

/// `what=check`, `what=probation` or `what=limit`, with the step's answer. Checks of stage `message` have none where the
/// header is not known.
Fields step_fields(const policy::Step& step, bool has_header);

}  // namespace signpost::daemon::commands
