// What a row of a report that came back to a return path of ours causes in the daemon: a listing, a score, a line in the policy
// log, or only the last. Trusts the token and nothing else that the report says of itself; what the words mean is
// feedback/classify's. daemon/ingest/effects stores it.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "daemon/ingest/effects.h"
#include "feedback/report.h"
#include "feedback/return_path.h"
#include "feedback/rules.h"
#include "milter/returned_mail.h"
#include "policy/soft_score.h"

namespace signpost::daemon::ingest {

/// `by` of the listings that reports make.
inline constexpr std::string_view kByBounce = "bounce";
inline constexpr std::string_view kByComplaint = "complaint";

/// To what a report came back.
struct ReturnedTo {
  std::optional<feedback::ReturnPath> path;  ///< absent: `reason` says why nothing is believed
  std::string recipient = {};                ///< canonical, where a sealed id in the returned header tells it
  bool by_cfbl = false;     ///< known by CFBL-Feedback-ID alone: whoever reports must have signed
  std::string sender = {};  ///< of the message that came back, without <>, where the sealed id tells it
  std::string reason = {};  ///< "no-token", "forged", "expired", "unknown-tenant", "unsigned"
  std::string tenant = {};
  std::string stream = {};
  bool by_own_mta = false;       ///< our own MTA made the report
  bool hard_everywhere = false;  ///< a dead address is listed for all tenants
};

/// The same report, of the same recipient and kind, has the same name, whoever sends it how often.
struct RowEffect {
  Effects effects;
  std::string name;   ///< of the fact; empty: nothing is changed, so it may be told again and again
  bool acts = false;  ///< something is listed or scored
};

/// The name of what a report of that class did to a recipient (a canonical key); `reason` counts for complaints only.
std::string name_of_fact(const feedback::ReturnPath& path, const std::string& recipient, feedback::Class what,
                         std::string_view reason = {});

/// `found` is what the row means; `paths` opened the token. A row that acts has one change; each has one event. Only what acts, and a block, leaves a trace
/// in the store: whoever holds a token may send any number of others.
RowEffect effect_of(const milter::ReturnedMail& mail, const ReturnedTo& to,
                    const feedback::ReturnPaths& paths, const feedback::Row& row,
                    const feedback::Classification& found, const policy::SoftRule& rule, base::Wall now);

/// Of a report that names no recipient, or of other mail: an event, and nothing else.
policy::Event event_of_whole(const milter::ReturnedMail& mail, const ReturnedTo& to,
                             const feedback::Report& report, base::Wall now);

/// Says in the event of a row that was listed that it was judged anew, as something that lists nobody.
void judge_event_anew(policy::Event& event, const feedback::Classification& found, bool is_off_the_list);

/// The event of a row that would have acted: "duplicate", it was taken before; "not-listed", the list refused the address.
void tell_nothing_was_done(policy::Event& event, const char* reason);

}  // namespace signpost::daemon::ingest
