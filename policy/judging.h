// The order of judging, told once: what was kept from MAIL, then for each recipient the checks, probation and
// the limits; then for the message its checks, what signing says, and the limits that count bytes. The milter
// answers from it; `explain recipient` asks the same and prints the trace. Changes the world only through
// Ports, and there only in mode `take`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "policy/limits/hold_queue.h"
#include "policy/limits/limiter.h"
#include "policy/policy.h"
#include "policy/probation.h"
#include "policy/suppression.h"
#include "policy/trace.h"

namespace signpost::policy {

/// Where judging looks things up, and what it takes there.
struct Ports {
  const Suppressions& suppressions;
  limits::Limiter& limiter;
  Probation* probation = nullptr;  ///< none: listings that ended are over
  base::Steady steady{};           ///< the moment that limits count by; the other clock's is Facts::now
  enum class Mode {
    take,  ///< trials are begun and limits reserved; what is not used, the caller gives back
    ask,   ///< the same answers, and nothing changes; a trial that is due counts as begun
  };
  Mode mode = Mode::take;
  /// Where mail waits that a limit holds; nullptr: it cannot, so such a limit defers.
  const limits::HoldQueue* holds = nullptr;
};

/// Who spoke a verdict.
enum class Part { given, check, probation, limit };

/// The verdict, with everything that the caller owes the log and the ports.
struct Judged {
  Verdict verdict;
  Part decided_by = Part::check;  ///< if the verdict is not accept
  std::vector<Verdict> observed;  ///< made before it, to be logged in this order
  bool no_tracking = false;       ///< the recipient opted out of tracked links, or the list could not be read
  std::vector<Listing> trial;     ///< begun at Facts::now; to be given back if the message does not go out
  limits::ReservationId reservation = 0;  ///< 0: nothing was reserved
  /// Limits that hold and are full, or have mail waiting: not reserved, to be charged when the message is released. The verdict
  /// is then `accept`, and `hold` says by which limit.
  std::vector<limits::HeldCharge> held;
  Verdict hold = {};  ///< Action::hold if `held` has any
};

/// One recipient, which `facts` names. `sender` is the verdict of stage `mail`: one that is not accept is the
/// recipient's too. The recipient is looked up in the list once. `messages_charged` are the keys that limits
/// of weight `messages` were charged for by this message; it grows if the recipient is accepted.
/// A verdict that is not accept leaves nothing reserved; a trial may have been begun all the same.
/// Without a trace the first verdict ends the judging; with one, in mode `ask`, the other steps are asked too.
Judged judge_recipient(const Verdict& sender, Facts facts, const Ports& ports,
                       std::vector<std::string>& messages_charged, Trace* trace = nullptr);

/// The message as a whole: the checks of stage `message`, then `signing` (what the settings say of a message
/// that no key signs), then the limits that count its `bytes`. Mode and trace as above.
Judged judge_message(const Verdict& signing, const Facts& facts, std::uint64_t bytes, const Ports& ports,
                     Trace* trace = nullptr);

}  // namespace signpost::policy
