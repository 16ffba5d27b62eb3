// Where lines of a log go, as a port: to a file, syslog or stderr behind a queue (system/log_writer), or straight to
// stderr (system/standard_error).
#pragma once

#include <string_view>

namespace signpost::system {

class LogLines {
 public:
  virtual ~LogLines() = default;
  /// One line without its newline. Thread-safe; never blocks and never fails: what cannot be written is lost.
  /// `syslog_priority` is used by syslog only.
  virtual void write(std::string_view line, int syslog_priority) = 0;
};

}  // namespace signpost::system
