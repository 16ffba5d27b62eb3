// Whether this host's MTA itself made a message: what it reports then is what another server said to it, not what somebody says.
#pragma once

#include "mail/envelope.h"
#include "mail/message.h"

namespace signpost::policy {

/// A report with the null sender that came from this host and bears one Received field, which the MTA wrote for no client:
/// Postfix "by HOST (Postfix)", Sendmail "from localhost (localhost) by HOST". Of mail by SMTP it names the client, of mail by
/// `sendmail` the user (tried on Postfix 3.7 and Sendmail 8.17), so nobody can have it written, and a field that somebody wrote
/// himself is the second one. Limitation: where the MTA removes Received fields of local mail, any local user can.
bool is_made_by_mta(const mail::Envelope& envelope, const std::vector<mail::Field>& fields);

}  // namespace signpost::policy
