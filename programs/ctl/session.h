// What tasks of signpostctl share that ask the daemon or read its configuration.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/load.h"
#include "daemon/control/client.h"
#include "programs/ctl/options.h"

namespace signpost::programs {

/// The configuration; if it has errors, they are printed to stderr. Returns the exit code.
int load_or_complain(const std::string& path, config::LoadedConfig& config);

/// -s, else what the configuration says, even if it has errors elsewhere or its keys cannot be read by this user.
std::string find_socket(const CtlOptions& options);

/// Says that the daemon cannot be asked; returns the exit code. `command`: its words.
int unreachable(const base::Error& error, const std::string& socket, std::string_view command);

/// Sends a command and returns all lines of the reply.
base::Result<std::vector<std::string>> ask_lines(daemon::control::ControlClient& client,
                                                 const std::string& command);

}  // namespace signpost::programs
