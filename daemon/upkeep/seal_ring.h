// The ring for seals that the daemon makes itself, where seal.key_file names none: enough for one host, whose MTA hands
// mail back to it. Stays over restarts, because mail waits in queues.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "mail/identity_seal.h"

namespace signpost::daemon::upkeep {

/// Of the file `seal.keys` in `directory`, which is made (mode 0600) if it is not there. Errors name the file.
base::Result<std::shared_ptr<const mail::IdentitySealer>> own_sealer(const std::string& directory);

}  // namespace signpost::daemon::upkeep
