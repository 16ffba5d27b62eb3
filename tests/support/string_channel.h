// A control channel on strings: what a client said, and what it was answered.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "daemon/control/channel.h"

namespace signpost::tests {

/// Gives lines, takes bytes.
class StringChannel final : public daemon::control::ControlChannel {
 public:
  explicit StringChannel(std::vector<std::string> lines) : lines_(lines.begin(), lines.end()) {}
  daemon::commands::LineStatus read_line(std::string& line) override {
    closed_ = lines_.empty();
    if (closed_) return daemon::commands::LineStatus::closed;
    line = lines_.front();
    lines_.pop_front();
    return line.size() > 64 * 1024 ? daemon::commands::LineStatus::too_long
                                   : daemon::commands::LineStatus::line;
  }
  bool write(std::string_view bytes) override {
    if (!closed_) written += bytes;
    return !closed_;
  }
  std::string written;

 private:
  std::deque<std::string> lines_;
  bool closed_ = false;
};

}  // namespace signpost::tests
