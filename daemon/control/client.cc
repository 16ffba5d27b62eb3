#include "daemon/control/client.h"

#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/socket.h>

#include "system/errors.h"
#include "system/unix_listener.h"

namespace signpost::daemon::control {
namespace {

/// Takes the first word off the text.
std::string take_word(std::string_view& text) {
  const std::size_t blank = text.find(' ');
  std::string word(text.substr(0, blank));
  text = blank == std::string_view::npos ? std::string_view() : text.substr(blank + 1);
  return word;
}

}  // namespace

base::Result<ReplyStatus> parse_status_line(std::string_view line) {
  ReplyStatus status;
  const std::string word = take_word(line);
  if (word != "ok" && word != "error") return base::invalid("not a reply of signpostd: '" + word + "'");
  status.ok = word == "ok";
  if (!status.ok) status.kind = take_word(line);
  status.text = line;
  return status;
}

base::Result<ControlClient> ControlClient::connect(const std::string& path) {
  auto socket = system::connect_unix(path);
  if (!socket) return tl::unexpected(socket.error());
  return ControlClient(std::move(*socket));
}

bool ControlClient::send(std::string_view command) {
  return send_all(std::string(command) + "\n");
}

bool ControlClient::send(std::string_view command, const WriteLines& write,
                         const std::function<void(std::uint64_t)>& sent) {
  if (!send(command)) return false;
  constexpr std::size_t kPiece = std::size_t{64} * 1024;
  std::string pending;
  std::uint64_t count = 0;
  const bool is_complete = write([&](std::string_view line) {
    ++count;
    pending += line;
    pending += '\n';
    if (pending.size() < kPiece) return true;
    if (!send_all(pending)) return false;
    pending.clear();
    if (sent) sent(count);
    return true;
  });
  if (!is_complete) {
    ::shutdown(socket_.get(), SHUT_WR);
    return false;
  }
  return send_all(pending + ".\n");
}

bool ControlClient::wait(std::chrono::milliseconds time) {
  pollfd wanted{socket_.get(), POLLIN, 0};
  return begin_ < buffer_.size() || ::poll(&wanted, 1, static_cast<int>(time.count())) != 0;
}

bool ControlClient::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

base::Result<std::optional<std::string>> ControlClient::next_line() {
  std::size_t end = 0;
  while ((end = buffer_.find('\n', begin_)) == std::string::npos) {
    buffer_.erase(0, begin_);
    begin_ = 0;
    char bytes[16 * 1024];
    const ssize_t count = ::recv(socket_.get(), bytes, sizeof bytes, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      if (count < 0) return system::system_failure("reading from signpostd");
      return base::fail(base::ErrorKind::unavailable,
                        "signpostd closed the connection before its reply was complete");
    }
    buffer_.append(bytes, static_cast<std::size_t>(count));
  }
  std::string line = buffer_.substr(begin_, end - begin_);
  begin_ = end + 1;
  if (line.empty()) return std::optional<std::string>();
  return std::optional<std::string>(std::move(line));
}

}  // namespace signpost::daemon::control
