// The two directions of one control conversation. The socket's side is daemon/control/server; tests have a
// twin on strings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace signpost::daemon::commands {

/// What came of waiting for the next line.
enum class LineStatus {
  line,      ///< a whole line, without its line end
  too_long,  ///< a line over the limit; it was skipped up to its end
  closed,    ///< the peer is gone, was too slow, or the daemon stops; a last line without its end is dropped
};

class ControlChannel {
 public:
  virtual ~ControlChannel() = default;
  virtual LineStatus read_line(std::string& line) = 0;
  /// False if the peer is gone or does not read; then every later call is false too.
  virtual bool write(std::string_view bytes) = 0;
};

/// Reads the lines that belong to a refused bulk command. False if the channel closed before the last one,
/// ".".
bool skip_lines(ControlChannel& channel);

/// Who is on the other side and what they may do.
struct ControlPeer {
  enum class May { nothing, read, write };
  May may = May::nothing;
  std::string name;  ///< for listings and overrides: "operator uid=0"
};

}  // namespace signpost::daemon::commands
