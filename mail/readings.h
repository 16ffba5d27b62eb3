// What an MTA may make of a recipient's address before it delivers. A host that takes mail for itself looks into the local
// part for a second address and sends the mail there: "bob%example.net@localhost" goes to bob@example.net. A milter sees
// what the client wrote; what is looked up must be what is delivered.
#pragma once

#include <cstddef>
#include <string_view>

#include "mail/envelope.h"

namespace signpost::mail {

/// No honest address has more.
inline constexpr std::size_t kMaxReadings = 8;

/// The recipient of a RCPT command. `given` is its argument; `resolved` is what the MTA says that it made of it
/// ({rcpt_addr}), empty if it did not say: at a Postfix that takes mail by SMTP, and at Sendmail, this is the address that
/// is delivered to (tests/e2e/readings_e2e.py). It is not believed where `given` has no brackets, as for Postfix' own
/// sendmail command: there the macro is a copy. `host` is the MTA's own name, the domain of a plain name; it may be empty.
///
/// With `resolved` the recipient's address is that one, and the one that was given is another reading of it. Else the
/// address is what was given, and the other readings are all that an MTA may find by unwrapping it: a source route
/// (RFC 5321 appendix F.2), "user%domain" and "domain!user" (percent and bang routes), and an address within quotes,
/// one in another. Postfix does so by allow_percent_hack, swap_bangpath and resolve_dequoted_address, each "yes" by
/// default, where the domain is its own, which cannot be known here. With more than kMaxReadings `too_many_readings` is
/// set, and only the first ones are there.
Recipient read_recipient(std::string_view given, std::string_view resolved, std::string_view host);

}  // namespace signpost::mail
