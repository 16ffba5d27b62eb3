// Where the lines that follow a bulk command come from: a connection of the control socket, later the body of an
// HTTP request; tests have a twin on strings.
#pragma once

#include <string>

namespace signpost::daemon::commands {

/// What came of waiting for the next line.
enum class LineStatus {
  line,      ///< a whole line, without its line end
  too_long,  ///< a line over the limit; it was skipped up to its end
  closed,    ///< the peer is gone, was too slow, or the daemon stops; a last line without its end is dropped
};

class LineSource {
 public:
  virtual ~LineSource() = default;
  virtual LineStatus read_line(std::string& line) = 0;
};

/// Skips the lines of a bulk command that was refused. False if the source closed before the last one, ".".
bool skip_lines(LineSource& lines);

}  // namespace signpost::daemon::commands
