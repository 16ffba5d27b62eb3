// A ControlChannel on a connected socket: lines in with deadlines and a length limit, bytes out with a deadline.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "daemon/control/channel.h"

namespace signpost::daemon::control {

/// Used by one thread; `stopping` may be set by any.
class SocketChannel final : public ControlChannel {
 public:
  struct Timeouts {
    std::chrono::milliseconds idle;
    std::chrono::milliseconds line;
    std::chrono::milliseconds write;
  };
  /// The descriptor stays the caller's. After `stopping` is set and the socket shut down for reading,
  /// read_line says `closed`.
  SocketChannel(int descriptor, Timeouts timeouts, const std::atomic<bool>& stopping);
  commands::LineStatus read_line(std::string& line) override;
  bool write(std::string_view bytes) override;

 private:
  bool take_line(std::string& line, bool& too_long);
  bool fill(std::chrono::steady_clock::time_point deadline);

  const int descriptor_;
  const Timeouts timeouts_;
  const std::atomic<bool>& stopping_;
  std::string buffer_;
  std::size_t begin_ = 0;     ///< of what is not yet taken
  std::size_t searched_ = 0;  ///< no line end between begin_ and here
  bool skipping_ = false;     ///< within a line that is too long
  bool broken_ = false;
};

}  // namespace signpost::daemon::control
