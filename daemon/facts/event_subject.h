// A person in the event files, for `subject show` and `subject erase`: the lines about mail to them and from them.
#pragma once

#include "daemon/upkeep/subject.h"
#include "policy/event.h"
#include "store/events/event_files.h"

namespace signpost::daemon::facts {

/// Lines that are shown; a last one says if there are more.
inline constexpr std::size_t kMaxShownEvents = 1000;

/// Erasing puts an x over every octet of the address, wherever a line about the person has it; the line stays. Both read all files.
/// `view` is how lines show addresses: hashed ones are found too.
upkeep::SubjectSource events_source(store::EventFiles& files, policy::AddressView view);

}  // namespace signpost::daemon::facts
