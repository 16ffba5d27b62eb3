// What happens to outbound mail that would leave without a signature: one table, a row for each reason that dkim knows.
// It names the setting of [dkim] that decides, and what that setting says if it is absent.
#pragma once

#include <span>

#include "dkim/unsigned.h"
#include "milter/snapshot.h"
#include "policy/policy.h"

namespace signpost::milter {

struct UnsignedRow {
  dkim::Unsigned why;
  const char* setting;                                  ///< its name in [dkim]
  std::optional<UnsignedAction> UnsignedRules::*given;  ///< nullptr: only `unsigned` decides
  /// If the setting is absent: while `unsigned` says accept, and while it says refuse. What may be signed later waits
  /// instead of being refused.
  UnsignedAction usually;
  UnsignedAction strictly;
  policy::Why reason;
  const char* text;  ///< of the reply
};
std::span<const UnsignedRow> unsigned_rows();

/// Accept for `no` and for reasons outside of the table: our own failures, for which milter.on_error decides. A report
/// of the MTA itself is always accepted: refused or deferred, it would come again for ever.
policy::Verdict judge_unsigned(const UnsignedRules& rules, dkim::Unsigned why, bool is_report);

/// Whether the settings stop any mail because of its From or its keys. A failure to sign is not counted.
bool stops_unsigned(const UnsignedRules& rules);

}  // namespace signpost::milter
