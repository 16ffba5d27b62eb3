// What stands before the message in a line of syslog: when it was, and which program wrote it. What the message says is
// for feedback/mail_log.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace signpost::feedback {

/// A line "TIME HOST TAG[PID]: TEXT". Views of the line.
struct LogLine {
  std::string_view tag;   ///< "postfix/smtp"
  std::string_view text;  ///< without the line's end
};

/// nullopt for a line of another form. TIME is what parse_log_time reads. Only the first 16 KiB are looked at.
/// The tag is whatever the writer called itself: any local user can write a line with any tag (logger(1), postlog(1)).
std::optional<LogLine> parse_log_line(std::string_view line);

/// When the line was written; nullopt if it does not begin with a time. RFC 3339 (rsyslog, `journalctl -o short-iso`,
/// whose offset has no colon) says all of it. The traditional "Nov  8 21:40:16" has neither zone nor year: it is taken
/// as local time, `utc_offset` east of UTC, in the last year in which it is not later than `now` and a day.
std::optional<base::Wall> parse_log_time(std::string_view line, base::Wall now,
                                         std::chrono::seconds utc_offset);

}  // namespace signpost::feedback
