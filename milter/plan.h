// What will be done to a message, decided from its envelope and header alone, before the body arrives: which
// stream it is, which keys sign, and whether links may be rewritten (so that the body must be
// kept). Changes nothing.
#pragma once

#include <string_view>
#include <vector>

#include "mail/message.h"
#include "milter/services.h"
#include "milter/transaction.h"
#include "track/unsubscribe.h"

namespace signpost::milter {

/// True for the fields that an application may add for us (Signpost-*); all are removed before signing. `judged_before`: but
/// for the id that we added then, which a signature of ours covers.
bool is_removed(const mail::Field& field, bool judged_before);
/// Whether it passed here before, and was judged then.
bool was_judged_before(const Transaction& transaction);

/// The header as it will be signed, before what rewriting changes: without those.
std::vector<mail::Field> without_own_fields(const std::vector<mail::Field>& fields, bool judged_before);

/// The input of track::plan_unsubscribe, once the last recipient is known. Without a sealer if no link may be
/// added: for notifications, and on ports that do not rewrite.
track::UnsubscribeContext unsubscribe_context(const Transaction& transaction, const Services& services);

Plan make_plan(const Transaction& transaction, const Services& services);

}  // namespace signpost::milter
