#include "daemon/commands/channel.h"

namespace signpost::daemon::commands {

bool skip_lines(ControlChannel& channel) {
  std::string line;
  while (true) {
    const LineStatus status = channel.read_line(line);
    if (status == LineStatus::closed) return false;
    if (status == LineStatus::line && line == ".") return true;
  }
}

}  // namespace signpost::daemon::commands
