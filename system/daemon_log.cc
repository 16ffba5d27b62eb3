#include "system/daemon_log.h"

#include <syslog.h>

#include "base/encoding.h"

namespace signpost::system {
namespace {

int priority_of(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return LOG_ERR;
    case LogLevel::warning:
      return LOG_WARNING;
    case LogLevel::info:
      return LOG_INFO;
    case LogLevel::debug:
      return LOG_DEBUG;
  }
  return LOG_INFO;
}

}  // namespace

const char* level_word(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return "error";
    case LogLevel::warning:
      return "warning";
    case LogLevel::info:
      return "info";
    case LogLevel::debug:
      return "debug";
  }
  return "info";
}

base::Result<LogLevel> parse_level(std::string_view word) {
  for (const LogLevel level : {LogLevel::error, LogLevel::warning, LogLevel::info, LogLevel::debug}) {
    if (word == level_word(level)) return level;
  }
  return base::invalid("unknown log level '" + std::string(word) + "'; use error, warning, info or debug");
}

void DaemonLog::write(LogLevel level, std::string_view text) {
  if (level > this->level()) return;
  std::string line = base::format_time(clock_.wall()) + " " + level_word(level) + ": ";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      line += "\\x" + base::encode_hex(std::string_view(&c, 1));
    } else {
      line += c;
    }
  }
  lines_->write(line, priority_of(level));
}

}  // namespace signpost::system
