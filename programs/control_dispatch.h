// One control conversation from its first line to its last: lines to requests, requests to handlers, by the
// command table. Knows no socket.
#pragma once

#include <string_view>

#include "programs/control_channel.h"
#include "programs/control_context.h"

namespace signpost::programs {

/// Answers lines until the channel closes. The peer may at least read.
void converse(ControlChannel& channel, const ControlPeer& peer, ControlContext& context);

/// Answers one line; what follows a bulk command is read from the channel. False if the channel is closed.
bool answer_line(std::string_view line, ControlChannel& channel, const ControlPeer& peer,
                 ControlContext& context);

}  // namespace signpost::programs
