// Makes a message that will be signed into one that no MTA changes afterwards: adds what Sendmail would add, writes
// address fields as it would write them, encodes and folds what Postfix would encode and fold, and reports what could
// not be prevented. mail/recode does the encoding, mail/field/address_field knows Sendmail's form.
#pragma once

#include "base/clock.h"
#include "milter/draft.h"
#include "milter/transaction.h"

namespace signpost::milter {

/// Before links are rewritten. Fills tally.recoded. The body is recoded only if it was kept.
/// Encodes the parts whose contents begin there as quoted-printable or base64. False if it changed nothing.
bool recode_parts(Transaction& transaction, Draft& draft, std::vector<std::size_t> parts);

void prepare(Transaction& transaction, Draft& draft, base::Wall now);

/// After all other transforms: fills tally.fragile with what an MTA may still change: "long-line", "long-header" (of a
/// field that is signed), "address-field" and "long-name" (of one that is signed, behind Sendmail), "8bit".
void note_fragile(Transaction& transaction, const Draft& draft);

}  // namespace signpost::milter
