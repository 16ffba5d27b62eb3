// Starts, asks and ends the daemon under test.
#include "tests/support/daemon.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "tests/support/milter_channel.h"

namespace signpost::tests {

namespace {

using base::fail;
using base::Result;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{30};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

Daemon::~Daemon() {
  if (pid_ <= 0 || !is_running()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, &status_, 0);
}

bool Daemon::is_running() {
  if (pid_ <= 0) return false;
  if (waitpid(pid_, &status_, WNOHANG) == 0) return true;
  pid_ = -1;
  return false;
}

Result<void> Daemon::start(const std::string& directory) {
  directory_ = directory;
  const std::string program = SIGNPOSTD_PROGRAM;
  const std::string config = directory + "/signpost.toml";
  const std::string errors = directory + "/errors";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, errors.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  std::string name = "signpostd";
  std::string flag = "-c";
  std::string path = config;
  char* arguments[] = {name.data(), flag.data(), path.data(), nullptr};
  const int failed = posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return fail(base::ErrorKind::unavailable, program + ": " + std::strerror(failed));
  for (const auto deadline = steady_clock::now() + kPatience; steady_clock::now() < deadline;) {
    if (!is_running())
      return fail(base::ErrorKind::unavailable, "signpostd ended at start: " + this->errors());
    if (MilterChannel::open(milter_address())) {
      wait_for_list();
      return {};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return fail(base::ErrorKind::unavailable, "signpostd opens no milter socket: " + this->errors());
}

/// On a busy machine mail is answered before the list is open. Some dialogues never open it.
void Daemon::wait_for_list() const {
  const auto deadline = steady_clock::now() + std::chrono::seconds(5);
  while (steady_clock::now() < deadline) {
    const auto told = control("suppress check nobody@example.org");
    if (told && told->front().find("the list is not open") == std::string::npos) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

Result<std::vector<std::string>> Daemon::control(const std::string& command) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = directory_ + "/control.sock";
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string reply;
  const std::string line = command + "\n";
  const bool sent =
      connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::send(descriptor, line.data(), line.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(line.size()) &&
      shutdown(descriptor, SHUT_WR) == 0;
  const std::string why = sent ? std::string{} : std::strerror(errno);
  char buffer[4096];
  for (ssize_t got = 0; sent && (got = recv(descriptor, buffer, sizeof buffer, 0)) > 0;)
    reply.append(buffer, static_cast<std::size_t>(got));
  close(descriptor);
  if (!sent) return fail(base::ErrorKind::unavailable, path + ": " + why);
  std::vector<std::string> lines;
  for (std::string_view piece : base::split(reply, '\n'))
    if (!piece.empty()) lines.emplace_back(piece);
  if (lines.empty()) return fail(base::ErrorKind::unavailable, "no reply to " + command);
  return lines;
}

Result<void> Daemon::stop() {
  if (pid_ > 0) kill(pid_, SIGTERM);
  const auto deadline = steady_clock::now() + kPatience;
  while (is_running()) {
    if (steady_clock::now() > deadline)
      return fail(base::ErrorKind::unavailable, "signpostd does not end on TERM");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  if (!WIFEXITED(status_) || WEXITSTATUS(status_) != 0)
    return fail(base::ErrorKind::unavailable, "signpostd ended badly: " + errors());
  return {};
}

std::vector<std::string> Daemon::log_lines() const {
  const std::string text = read_file(directory_ + "/policy.log");
  std::vector<std::string> lines;
  for (std::string_view line : base::split(text, '\n'))
    if (!line.empty()) lines.emplace_back(line);
  // A last line without its newline is still being written.
  if (!text.empty() && !text.ends_with('\n')) lines.pop_back();
  return lines;
}

std::string Daemon::errors() const {
  return read_file(directory_ + "/errors");
}

}  // namespace signpost::tests
