#include "daemon/commands/line_source.h"

namespace signpost::daemon::commands {

bool skip_lines(LineSource& lines) {
  std::string line;
  while (true) {
    const LineStatus status = lines.read_line(line);
    if (status == LineStatus::closed) return false;
    if (status == LineStatus::line && line == ".") return true;
  }
}

}  // namespace signpost::daemon::commands
