// A person in the event files and the evidence files, for `subject show` and `subject erase`.
#pragma once

#include <functional>

#include "daemon/upkeep/subject.h"
#include "policy/event_line.h"
#include "store/events/event_files.h"

namespace signpost::daemon::facts {

/// Lines that are shown; a last one says if there are more.
inline constexpr std::size_t kMaxShownEvents = 1000;

/// Erasing puts an x over every octet of each value that holds the address, in whatever spelling; the line stays. Both read all
/// files; `stops` ends them early, with an error.
upkeep::SubjectSource events_source(store::EventFiles& files, const policy::AddressForms& forms,
                                    const std::function<bool()>& stops);

/// The same of reports that came back (daemon/facts/evidence): one that names the person goes as a whole.
upkeep::SubjectSource evidence_source(store::EventFiles& files, const policy::AddressForms& forms,
                                      const std::function<bool()>& stops);

}  // namespace signpost::daemon::facts
