// One control conversation from its first line to its last: lines to requests, requests to handlers, by the
// command table. Knows no socket.
#pragma once

#include <string_view>

#include "daemon/commands/caller.h"
#include "daemon/commands/context.h"
#include "daemon/control/channel.h"

namespace signpost::daemon::control {

/// Answers lines until the channel closes. The caller may at least read.
void converse(ControlChannel& channel, const commands::Caller& caller, commands::ControlContext& context);

/// Answers one line; what follows a bulk command is read from the channel. A first word `form=json` asks for JSON, for
/// this one line. False if the channel is closed.
bool answer_line(std::string_view line, ControlChannel& channel, const commands::Caller& caller,
                 commands::ControlContext& context);

}  // namespace signpost::daemon::control
