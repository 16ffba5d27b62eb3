// Whose mail a message is, found twice: at MAIL, from the connection and what crossed a hop in ENVID=; and at end of
// headers, from our own seal and the fields that hosts leave. How the evidence is weighed is policy/origin.
#pragma once

#include <string>
#include <vector>

#include "milter/services.h"
#include "milter/transaction.h"

namespace signpost::milter {

/// Fills in origin, login, tenant and stream, as far as MAIL tells. `parameters` are MAIL's.
void find_origin(Transaction& transaction, const Services& services,
                 const std::vector<std::string>& parameters);

/// The same with the header, for good. True if the recipients must be judged anew: the mail is not ours after all, it
/// is another's, or its limits were charged when it passed here before.
bool settle_origin(Transaction& transaction, const Services& services);

}  // namespace signpost::milter
