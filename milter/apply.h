// Turns an Outcome into smfi_* calls. Decides nothing; stops at the first call that the MTA rejects.
#pragma once

#include <string>

#include "milter/session.h"

struct smfi_str;

namespace signpost::milter {

/// Makes all edits. Returns the name of the call that failed, or "" if all succeeded. Valid at end of message only.
std::string apply_edits(smfi_str* context, const Outcome& outcome);

/// Has the MTA put the message, as edited, into its hold queue (Sendmail: quarantine). Returns the name of the call if it
/// failed, else "".
std::string hold_message(smfi_str* context, const std::string& rule);

/// Sets the reply text of a refusal or deferral (percent signs doubled, cut to 980 octets). False if
/// libmilter refuses it; the MTA then uses a text of its own, the class of the answer stays right.
bool set_reply(smfi_str* context, const policy::Reply& reply);

}  // namespace signpost::milter
