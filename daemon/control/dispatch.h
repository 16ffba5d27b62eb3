// One control conversation from its first line to its last: lines to requests, requests to handlers, by the
// command table. Knows no socket.
#pragma once

#include <string_view>

#include "daemon/commands/channel.h"
#include "daemon/commands/context.h"

namespace signpost::daemon::control {

/// Answers lines until the channel closes. The peer may at least read.
void converse(commands::ControlChannel& channel, const commands::ControlPeer& peer,
              commands::ControlContext& context);

/// Answers one line; what follows a bulk command is read from the channel. False if the channel is closed.
bool answer_line(std::string_view line, commands::ControlChannel& channel, const commands::ControlPeer& peer,
                 commands::ControlContext& context);

}  // namespace signpost::daemon::control
