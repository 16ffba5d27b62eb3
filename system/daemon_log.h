// The daemon's own log: start, reload, warnings; for the administrator, not for decisions about mail
// (that is policy_log).
#pragma once

#include <atomic>
#include <concepts>
#include <memory>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "system/log_lines.h"

namespace signpost::system {

enum class LogLevel { error, warning, info, debug };
const char* level_word(LogLevel level);
base::Result<LogLevel> parse_level(std::string_view word);

/// Thread-safe; never blocks.
class DaemonLog {
 public:
  /// `lines` is a LogWriter, a StandardError or another of their kind.
  template <std::derived_from<LogLines> Lines>
  DaemonLog(Lines lines, const base::Clock& clock)
      : lines_(std::make_unique<Lines>(std::move(lines))), clock_(clock) {}

  void error(std::string_view text) { write(LogLevel::error, text); }
  void warning(std::string_view text) { write(LogLevel::warning, text); }
  void info(std::string_view text) { write(LogLevel::info, text); }
  void debug(std::string_view text) { write(LogLevel::debug, text); }

  /// What is less important than `level` is left out.
  void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
  LogLevel level() const { return level_.load(std::memory_order_relaxed); }

 private:
  /// "2026-11-23T12:00:00.123Z warning: TEXT", control bytes as \xNN.
  void write(LogLevel level, std::string_view text);
  const std::unique_ptr<LogLines> lines_;
  const base::Clock& clock_;
  std::atomic<LogLevel> level_{LogLevel::info};
};

}  // namespace signpost::system
