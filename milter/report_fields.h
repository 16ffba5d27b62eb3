// The fields by which those who report about a message say which one it was: Signpost-Id, Feedback-ID, and CFBL-Address with
// CFBL-Feedback-ID (RFC 9477). Goes with a return path (milter/return_path); the seal is feedback/sealed_id's.
#pragma once

#include "milter/draft.h"
#include "milter/transaction.h"

namespace signpost::milter {

/// To be called before signing, once the return path is chosen; without one nothing is added, and a field that the sender wrote
/// stays as it is. CFBL-Address is added only where the message will be signed so that receivers take it (RFC 9477 §3.1): the
/// bounce domain is the author's or below it, and a key signs as that domain or a parent.
void add_report_fields(const Transaction& transaction, Draft& draft);

}  // namespace signpost::milter
