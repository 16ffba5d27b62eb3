// `subject show` and `subject erase` in mail that the MTA holds for a limit or for its time.
#pragma once

#include "daemon/upkeep/hold_keeper.h"
#include "daemon/upkeep/subject.h"

namespace signpost::daemon::upkeep {

/// Held messages to or from the person. Erasing drops those that go to him alone; of others nothing can be taken out, so it is an
/// error that says what to do. `holds` must outlive it.
SubjectSource held_source(HoldKeeper& holds);

}  // namespace signpost::daemon::upkeep
