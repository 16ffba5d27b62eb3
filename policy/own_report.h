// Whether a message looks as if this host's MTA itself had made it: what it reports then is what another server said to it.
#pragma once

#include "mail/envelope.h"
#include "mail/message.h"

namespace signpost::policy {

/// A report with the null sender that came from this host and bears one Received field, which the MTA wrote for no client:
/// Postfix "by HOST (Postfix)", Sendmail "from localhost (localhost) by HOST". Of mail by SMTP it names the client, of mail by
/// `sendmail` the user (tried on Postfix 3.7 and Sendmail 8.17), so what somebody hands to the MTA has two fields, and goes to
/// the next port with both. Whoever speaks to a port himself can write the field: the caller must know that the client is
/// the MTA. Limitation: where the MTA removes Received fields of local mail, any local user can have this form.
bool is_made_by_mta(const mail::Envelope& envelope, const std::vector<mail::Field>& fields);

}  // namespace signpost::policy
