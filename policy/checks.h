// The check functions, one file each. policy/checks.cc orders them; only it calls them.
#pragma once

#include "policy/policy.h"

namespace signpost::policy {

/// Whether the submit side has judged sender, author and recipients already. Only our seal shows that: the egress port can
/// be reached by every local program.
bool was_judged_at_submit(const mail::Envelope& envelope);

Verdict check_role(const Facts& facts);
Verdict check_paused(const Facts& facts);
Verdict check_sender(const Facts& facts);
Verdict check_recipient(const Facts& facts);
Verdict check_recipient_cap(const Facts& facts);
Verdict check_suppression(const Facts& facts);
Verdict check_author(const Facts& facts);

}  // namespace signpost::policy
