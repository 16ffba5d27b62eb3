#include "daemon/control/socket_channel.h"

#include <algorithm>
#include <cerrno>

#include <poll.h>
#include <sys/socket.h>

#include "daemon/commands/line.h"

namespace signpost::daemon::control {
namespace {

using Moment = std::chrono::steady_clock::time_point;

/// Waits until the socket is ready; false when the deadline has passed.
bool wait_for(int descriptor, short events, Moment deadline) {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd poll_on = {descriptor, events, 0};
    const int ready = ::poll(&poll_on, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

}  // namespace

SocketChannel::SocketChannel(int descriptor, Timeouts timeouts, const std::atomic<bool>& stopping)
    : descriptor_(descriptor), timeouts_(timeouts), stopping_(stopping) {}

/// Takes the next whole line out of the buffer, if there is one.
bool SocketChannel::take_line(std::string& line, bool& too_long) {
  const std::size_t end = buffer_.find('\n', std::max(begin_, searched_));
  if (end == std::string::npos) {
    searched_ = buffer_.size();
    // One byte more than the longest line: it may be followed by a CR.
    if (buffer_.size() - begin_ > commands::kMaxCommandLine + 1) {
      skipping_ = true;
      begin_ = searched_ = buffer_.size();
    }
    return false;
  }
  std::size_t length = end - begin_;
  if (length > 0 && buffer_[end - 1] == '\r') --length;
  too_long = skipping_ || length > commands::kMaxCommandLine;
  if (!too_long) line.assign(buffer_, begin_, length);
  skipping_ = false;
  begin_ = end + 1;
  return true;
}

/// Reads some more. False at the end of the stream, at the deadline or on an error.
bool SocketChannel::fill(Moment deadline) {
  buffer_.erase(0, begin_);
  searched_ = std::max(begin_, searched_) - begin_;
  begin_ = 0;
  char bytes[16 * 1024];
  while (wait_for(descriptor_, POLLIN, deadline)) {
    const ssize_t count = ::recv(descriptor_, bytes, sizeof bytes, MSG_DONTWAIT);
    if (count > 0) {
      buffer_.append(bytes, static_cast<std::size_t>(count));
      return true;
    }
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) return false;
  }
  return false;
}

commands::LineStatus SocketChannel::read_line(std::string& line) {
  const Moment start = std::chrono::steady_clock::now();
  Moment deadline = start + (begin_ < buffer_.size() ? timeouts_.line : timeouts_.idle);
  while (!broken_ && !stopping_.load(std::memory_order_relaxed)) {
    bool too_long = false;
    if (take_line(line, too_long))
      return too_long ? commands::LineStatus::too_long : commands::LineStatus::line;
    const bool was_idle = begin_ == buffer_.size() && !skipping_;
    if (!fill(deadline)) break;
    if (was_idle) deadline = std::chrono::steady_clock::now() + timeouts_.line;
  }
  broken_ = true;
  return commands::LineStatus::closed;
}

bool SocketChannel::write(std::string_view bytes) {
  while (!broken_ && !bytes.empty()) {
    const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      broken_ = !wait_for(descriptor_, POLLOUT, std::chrono::steady_clock::now() + timeouts_.write);
    } else if (errno != EINTR) {
      broken_ = true;
    }
  }
  return !broken_;
}

}  // namespace signpost::daemon::control
