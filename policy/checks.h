// The check functions, one file each. policy/checks.cc orders them; only it calls them.
#pragma once

#include "policy/policy.h"

namespace signpost::policy {

Verdict check_role(const Facts& facts);
Verdict check_paused(const Facts& facts);
Verdict check_sender(const Facts& facts);
Verdict check_recipient(const Facts& facts);
Verdict check_suppression(const Facts& facts);
Verdict check_author(const Facts& facts);

}  // namespace signpost::policy
