// Lines to a file, to syslog or to stderr by a thread of their own behind a bounded queue, so that a full or
// slow disk never makes mail wait. The only user of spdlog. daemon/policy_log and
// system/daemon_log make the lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "system/log_lines.h"

namespace signpost::system {

enum class LogTarget { file, syslog_mail, syslog_daemon, standard_error };

/// Thread-safe. The destructor writes what is still queued.
/// Limitation: it waits for a file system that does not answer (a network mount whose server is gone).
class LogWriter final : public LogLines {
 public:
  /// `path` for LogTarget::file: created with mode 0640 if missing, appended to. Error `unavailable` with the
  /// path if it cannot be opened.
  static base::Result<LogWriter> open(LogTarget target, const std::string& path = {},
                                      std::size_t queue_lines = kQueueLines);
  LogWriter(LogWriter&&) noexcept;
  LogWriter& operator=(LogWriter&&) noexcept;
  ~LogWriter() override;

  /// One line without its newline. Never blocks and never fails: with a full queue the oldest waiting line is lost,
  /// and a line that cannot be written is lost; both are counted. `syslog_priority` is used by syslog only.
  void write(std::string_view line, int syslog_priority) override;
  void write(std::string_view line);

  /// Opens the path again (after a rotation). On an error the old file stays in use. Nothing to do for
  /// the other targets.
  base::Result<void> reopen();
  std::uint64_t lost() const;

  static constexpr std::size_t kQueueLines = 8192;

 private:
  struct State;
  explicit LogWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace signpost::system
