// Which limits a recipient or a message charges, and what a full one answers. Judged like the checks, but they
// reserve: how full they are is policy/limits/buckets.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policy/limits/limiter.h"
#include "policy/policy.h"

namespace signpost::policy::limits {

/// The charges of one recipient (weights recipients, and messages for the first one with that key) or of the
/// whole message (bytes), for limits whose `when` covers the mail and whose key the mail has whole (mail
/// without a login has no `login`); none in role submit and for what was charged before; a recipient that the MTA may read in several ways
/// (mail::Recipient::also) charges the keys of all; reports of the MTA charge Settings::report_limit alone.
/// An exception for the key sets its rates, else the overrides do, else the limit. `messages_charged` grows by the `messages` keys in
/// the result: the caller removes them again if they are not reserved.
std::vector<Charge> charges_for_recipient(const Facts& facts, std::vector<std::string>& messages_charged);
std::vector<Charge> charges_for_bytes(const Facts& facts, std::uint64_t bytes);
/// Of charges made together, one whose bucket cannot hold it even when nothing else is in it: waiting never helps.
/// A quota goes before a pace; nullptr if there is none. Charges of one bucket are made one; limits that do not defer are
/// left out, and so are those whose rates an operator set, since these change again.
const Charge* never_fits(std::vector<Charge>& charges);
/// "550 5.7.1 Limit NAME never lets so many recipients of one message pass".
Verdict verdict_of_never(const Charge& charge);
/// "451 4.7.1 Limit NAME reached, retry in N s" or the 550 of a refusing limit; one that holds has no reply.
Verdict verdict_of(const LimitHit& hit);

}  // namespace signpost::policy::limits
