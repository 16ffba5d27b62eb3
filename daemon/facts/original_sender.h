// Who sent a message of which only a return path came back, as the event files know it.
#pragma once

#include <string>

#include "base/result.h"
#include "feedback/return_path.h"
#include "store/events/event_files.h"

namespace signpost::daemon::facts {

/// The `from=` of the message's line, without <>; empty if it is not kept, or not in the clear (log.addresses). Looks at the lines
/// of an hour after the message began, at most kMostRead octets of them; finds their place by halving.
/// Errors: unavailable.
base::Result<std::string> find_original_sender(store::EventFiles& files, const feedback::ReturnPath& path);

}  // namespace signpost::daemon::facts
