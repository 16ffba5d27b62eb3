// The scores of soft bounces as they lie in the table of hits, within one transaction. What a score means is policy/soft_score's;
// store/hit_store commits them with the rest.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "policy/soft_score.h"
#include "store/changes.h"
#include "store/lmdb/env.h"

namespace signpost::store {

/// One number: the score (32 bits), how long after the last bounce the address was reached (8 bits, in six hours from 1 on; 0:
/// it was not), the hour of that bounce (24 bits).
std::string format_score(const policy::SoftScore& score);
/// A damaged one counts as none.
std::optional<policy::SoftScore> parse_score(std::string_view value);

/// True if the address is to be listed now.
base::Result<bool> add_to_score(lmdb::WriteTransaction& transaction, const SoftBounce& bounce);
base::Result<void> note_reached(lmdb::WriteTransaction& transaction, const Reached& reached);

}  // namespace signpost::store
