// A reply as text: one status line, body lines, for a list a last line, then an empty line (docs/control.md).
#pragma once

#include <string>

#include "daemon/commands/reply.h"
#include "daemon/control/channel.h"

namespace signpost::daemon::control {

/// For one reply. Writes piece by piece, so that a long list stays in bounded memory.
class TextWriter final : public commands::ReplySink {
 public:
  explicit TextWriter(ControlChannel& channel) : channel_(channel) {}
  bool take(const commands::Reply& reply, bool is_last) override;

 private:
  ControlChannel& channel_;
  bool has_head_ = false;
};

}  // namespace signpost::daemon::control
