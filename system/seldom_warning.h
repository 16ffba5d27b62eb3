// A warning that strangers can cause as often as they like: at most one line a minute.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "system/daemon_log.h"

namespace signpost::system {

/// Each line says how many were left out before it. Not thread-safe.
class SeldomWarning {
 public:
  /// `log` outlives it.
  explicit SeldomWarning(DaemonLog& log) : log_(log) {}
  void tell(const std::string& text, std::chrono::steady_clock::time_point now) {
    constexpr std::chrono::seconds kBetweenWarnings{60};
    if (last_ && now - *last_ < kBetweenWarnings) {
      ++left_out_;
      return;
    }
    log_.warning(left_out_ == 0 ? text : text + " (and " + std::to_string(left_out_) + " such lines before)");
    last_ = now;
    left_out_ = 0;
  }

 private:
  DaemonLog& log_;
  std::optional<std::chrono::steady_clock::time_point> last_;
  std::uint64_t left_out_ = 0;
};

}  // namespace signpost::system
