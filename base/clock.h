// Two kinds of time that cannot be mixed: Wall (what people write: expiry, log lines, days) and Steady (what
// limits count: never jumps). Floors 0-2 take time as an argument named `now`; only SystemClock reads it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace signpost::base {

/// UTC, milliseconds since 1970.
using Wall = std::chrono::sys_time<std::chrono::milliseconds>;

/// Time since an arbitrary start that never goes back. See system/system_clock.h for how it
/// outlives a restart.
struct SteadyTimeline {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<SteadyTimeline>;
  static constexpr bool is_steady = true;
};
using Steady = SteadyTimeline::time_point;

/// The clock as a port: tests tick their own twin by hand.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Wall wall() const = 0;
  virtual Steady steady() const = 0;
};

/// "2026-11-23T12:00:00.123Z" (RFC 3339, always UTC).
std::string format_time(Wall time);
/// Reads what format_time writes; seconds and fraction may be missing ("2026-11-23", "2026-11-23T12:00Z").
Result<Wall> parse_time(std::string_view text);

/// "30s", "5m", "2h", "14d", "1w", "250ms"; a bare number is an error that names the units.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The shortest exact form: 90 s is "90s", 3600 s is "1h".
std::string format_duration(std::chrono::milliseconds duration);

/// "64MB", "10KB", "1GB", "512" (bytes); powers of 1024 for KB/MB/GB and KiB/MiB/GiB alike.
Result<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);

}  // namespace signpost::base
