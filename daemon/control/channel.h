// The two directions of one control conversation: lines in, bytes out. The socket's is socket_channel; tests have a
// twin on strings.
#pragma once

#include <string_view>

#include "daemon/commands/line_source.h"

namespace signpost::daemon::control {

class ControlChannel : public commands::LineSource {
 public:
  /// False if the peer is gone or does not read; then every later call is false too.
  virtual bool write(std::string_view bytes) = 0;
};

}  // namespace signpost::daemon::control
