// The field Signpost-Seal on its way through us: put on where mail is submitted, so that the next pass knows whose it
// is; put on strangers' mail too, so that nothing can make it look like ours; and the DSN envelope id that carries the
// short form. What a seal says and is bound to is mail/identity_seal.
#pragma once

#include <string>
#include <vector>

#include "mail/edit.h"
#include "milter/draft.h"
#include "milter/services.h"
#include "milter/transaction.h"

namespace signpost::milter {

/// Whether this pass seals the message: the site's own, at role submit, and without a role if seal.key_file is given
/// and it carried no seal.
bool seals(const Transaction& transaction);

/// Adds the field, above everything, and the envelope id; or, where mail leaves, puts the client's own id (else a
/// neutral one) in the place of ours. To be called last: the seal is bound to the header as it leaves.
void seal(const Transaction& transaction, const Services& services, Draft& draft);

/// For mail that passes unjudged. A stranger's, from elsewhere: fields of that name are taken off, and one of ours is put
/// on (not in role inbound); so with mail that came back to role submit. Mail that leaves by role egress: what is ours is
/// taken off. Other mail of this host: nothing, so that what it carries tells the next pass the same.
std::vector<mail::Edit> seal_strangers(const Transaction& transaction, const Services& services);

/// Whose mail it was found to be, as a seal tells it.
mail::Identity identity_of(const Transaction& transaction, base::Wall now);

/// What each recipient of a message is known by if it comes back (milter/passed_before): message and address. None for a
/// message without an id of its own, and in role submit, where the seal tells.
std::vector<std::string> message_marks(const Transaction& transaction,
                                       const std::vector<mail::Field>& fields);
/// By which mail of a stranger's envelope sender is known again.
std::string stranger_mark(const mail::Envelope& envelope);

}  // namespace signpost::milter
