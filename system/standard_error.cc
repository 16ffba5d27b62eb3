#include "system/standard_error.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace signpost::system {
namespace {

/// As much as can be written without waiting; the descriptor is shared with others, so it is not made
/// non-blocking. Returns how much.
std::size_t write_at_once(int descriptor, std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    ssize_t count = ::send(descriptor, bytes.data() + done, bytes.size() - done, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno == ENOTSOCK) {
      // A pipe that is ready takes so much without waiting (POSIX, PIPE_BUF).
      pollfd ready{descriptor, POLLOUT, 0};
      if (::poll(&ready, 1, 0) <= 0 || (ready.revents & POLLOUT) == 0) break;
      count = ::write(descriptor, bytes.data() + done, std::min<std::size_t>(bytes.size() - done, PIPE_BUF));
    }
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

}  // namespace

void StandardError::write(std::string_view line, int) {
  const std::string bytes = std::string(line) + "\n";
  base::MutexLock lock(mutex_);
  if (write_at_once(descriptor_, bytes) < bytes.size()) ++lost_;
}

std::uint64_t StandardError::lost() const {
  base::MutexLock lock(mutex_);
  return lost_;
}

}  // namespace signpost::system
