#include "release/command.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "system/descriptor.h"
#include "system/errors.h"
#include "system/file.h"

namespace signpost::release {
namespace {

using SteadyClock = std::chrono::steady_clock;
using system::Descriptor;
using system::system_failure;

constexpr std::size_t kMaxFirstLine = 200;

/// A file in memory that holds the input: a pipe could make both sides wait for each other.
base::Result<Descriptor> input_file(std::string_view input) {
  Descriptor file(::memfd_create("input", MFD_CLOEXEC));
  if (!file.is_open()) return system_failure("cannot make an input");
  if (auto written = system::write_all(file.get(), input); !written) return tl::unexpected(written.error());
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return system_failure("cannot make an input");
  return file;
}

/// What posix_spawn needs; frees itself.
class Preparation {
 public:
  Preparation() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~Preparation() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;

  /// The errno of what failed, or 0.
  int prepare(int input, int output) {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    const short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    for (const int code :
         {posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO),
          posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO),
          posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO),
          posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1),
          posix_spawn_file_actions_addchdir_np(&actions_, "/"), posix_spawnattr_setflags(&attributes_, flags),
          posix_spawnattr_setpgroup(&attributes_, 0), posix_spawnattr_setsigmask(&attributes_, &none),
          posix_spawnattr_setsigdefault(&attributes_, &all)})
      if (code != 0) return code;
    return 0;
  }
  int spawn(pid_t& child, const std::vector<std::string>& words) const {
    std::vector<std::string> copies = words;
    std::vector<char*> arguments;
    arguments.reserve(copies.size() + 1);
    for (std::string& word : copies) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    std::array<char*, 2> environment = {path.data(), nullptr};
    return posix_spawn(&child, copies.front().c_str(), &actions_, &attributes_, arguments.data(),
                       environment.data());
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// Takes what can be read now; false at the end.
bool drain(const Descriptor& from, std::string& output) {
  std::array<char, 4096> chunk{};
  for (;;) {
    const ssize_t count = ::read(from.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return false;
    output.append(chunk.data(), std::min(static_cast<std::size_t>(count), kMaxOutput - output.size()));
  }
}

/// Waits for the child's end, and reads meanwhile. False if the time ran out first. A grandchild that keeps the pipe is not
/// waited for.
bool await_end(const Descriptor& child, const Descriptor& from, std::string& output,
               SteadyClock::time_point deadline) {
  bool reads = true;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now()).count();
    if (left <= 0) return false;
    std::array<pollfd, 2> waits = {{{child.get(), POLLIN, 0}, {reads ? from.get() : -1, POLLIN, 0}}};
    const int ready = ::poll(waits.data(), waits.size(), static_cast<int>(left));
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0) continue;
    if (waits[1].revents != 0) reads = drain(from, output);
    if (waits[0].revents != 0) {
      (void)drain(from, output);
      return true;
    }
  }
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

base::Result<CommandResult> run_command(const std::vector<std::string>& words, std::string_view input,
                                        std::chrono::milliseconds limit) {
  const std::string& program = words.front();
  if (program.empty() || program.front() != '/')
    return base::invalid("'" + program + "' is not an absolute path");
  const auto in = input_file(input);
  if (!in) return tl::unexpected(in.error());
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_failure("cannot make a pipe");
  const Descriptor from(ends[0]);
  Descriptor to(ends[1]);
  // Only our end: the program's must wait for us.
  if (::fcntl(from.get(), F_SETFL, O_NONBLOCK) != 0) return system_failure("cannot make a pipe");

  Preparation preparation;
  pid_t child = -1;
  int code = preparation.prepare(in->get(), to.get());
  if (code == 0) code = preparation.spawn(child, words);
  if (code != 0) return system_failure("cannot run '" + program + "'", code);
  (void)to.close();

  CommandResult result;
  const Descriptor ended(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  const bool in_time = ended.is_open() && await_end(ended, from, result.output, SteadyClock::now() + limit);
  if (!in_time) (void)::kill(-child, SIGKILL);
  result.status = wait_for(child);
  if (in_time) return result;
  return base::fail(base::ErrorKind::unavailable,
                    "'" + program + "' did not end within " + base::format_duration(limit));
}

std::string first_line(std::string_view output) {
  const std::size_t begin = std::min(output.find_first_not_of(" \r\n\t"), output.size());
  std::string line(output.substr(begin, std::min(output.find('\n', begin), output.size()) - begin));
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return line.substr(0, kMaxFirstLine);
}

}  // namespace signpost::release
