// All notices for one address that wait when the thread is free go into one message: one each while it is
// quiet, few messages in a flood.
#include "programs/notifier.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "programs/control_reply.h"
#include "programs/web_file.h"

namespace signpost::programs {
namespace {

constexpr int kProgramMilliseconds = 30000;

/// How the program is started: the text as its input, no output, no signal blocked or ignored.
class SpawnPlan {
 public:
  explicit SpawnPlan(int input) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_adddup2(&files_, input, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&files_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  /// 0 or an errno.
  int spawn(pid_t& child, const std::string& program, std::vector<std::string> words) const {
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    return ::posix_spawn(&child, program.c_str(), &files_, &attributes_, arguments.data(), environ);
  }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

/// The text as a file in memory: a program that reads it slowly, or not at all, holds up nobody.
base::Result<FileHandle> text_file(const std::string& text) {
  FileHandle file(::memfd_create("notice", MFD_CLOEXEC));
  if (!file.is_open()) return system_failure("a file in memory");
  if (auto written = write_all(file, text); !written) return tl::unexpected(written.error());
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return system_failure("a file in memory");
  return file;
}

base::Result<void> wait_for(pid_t child, const std::string& program) {
  const FileHandle process(
      static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));  // glibc 2.36 has no C++ header
  pollfd waiting{process.get(), POLLIN, 0};
  const bool ended = process.is_open() && ::poll(&waiting, 1, kProgramMilliseconds) == 1;
  if (!ended) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) return base::fail(base::ErrorKind::unavailable, program + " did not end in time");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return base::fail(
      base::ErrorKind::unavailable,
      program + (WIFEXITED(status) ? " ended with " + std::to_string(WEXITSTATUS(status)) : " was killed"));
}

}  // namespace

std::string format_notices(const std::vector<UnsubscribeNotice>& notices) {
  const UnsubscribeNotice& first = notices.front();
  std::string text = "From: Signpost <" + first.to + ">\nTo: <" + first.to + ">\nSubject: ";
  text += notices.size() == 1 ? "An unsubscribe" : std::to_string(notices.size()) + " unsubscribes";
  text +=
      "\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n"  // RFC 3834 §5
      "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
      "Listed, so that no mail of that stream reaches them any more:\n\n";
  for (const UnsubscribeNotice& notice : notices) {
    Fields fields = {{"time", base::format_time(notice.at)},
                     {"tenant", notice.tenant},
                     {"stream", notice.stream},
                     {"note", notice.note}};
    if (!notice.recipient.empty()) fields.emplace_back("recipient", notice.recipient);
    text += format_fields(fields) + "\n";
  }
  return text;
}

base::Result<void> send_by_program(const std::string& program, const std::string& to,
                                   const std::string& text) {
  const auto input = text_file(text);
  if (!input) return tl::unexpected(input.error());
  pid_t child = 0;
  const int failed = SpawnPlan(input->get()).spawn(child, program, {program, "-i", "-f", "<>", "--", to});
  if (failed != 0) return base::fail(base::ErrorKind::unavailable, program + ": " + std::strerror(failed));
  return wait_for(child, program);
}

void Notifier::start() {
  thread_ = std::thread([this] { run(); });
}

void Notifier::stop() {
  {
    base::MutexLock lock(mutex_);
    stops_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Notifier::offer(UnsubscribeNotice notice) {
  base::MutexLock lock(mutex_);
  const bool was_full = std::exchange(full_, waiting_.size() >= kMaxWaiting);
  if (full_ && !was_full) log_.error("unsubscribe.notify: too many notices wait; others are dropped");
  if (full_) return;
  waiting_.push_back({std::move(notice), 0});
  wake_.notify_one();
}

std::vector<Notifier::Waiting> Notifier::next() {
  std::vector<Waiting> batch;
  const std::string to = waiting_.front().notice.to;
  std::deque<Waiting> others;
  for (Waiting& one : waiting_) {
    const bool fits = one.notice.to == to && batch.size() < kMaxInOne;
    if (fits) {
      batch.push_back(std::move(one));
    } else {
      others.push_back(std::move(one));
    }
  }
  waiting_.swap(others);
  return batch;
}

void Notifier::run() {
  for (;;) {
    std::vector<Waiting> batch;
    {
      base::MutexLock lock(mutex_);
      while (waiting_.empty() && !stops_) wake_.wait(mutex_);
      if (stops_) return;
      batch = next();
    }
    std::vector<UnsubscribeNotice> notices;
    notices.reserve(batch.size());
    for (const Waiting& one : batch) notices.push_back(one.notice);
    const auto sent = send_(notices.front().to, format_notices(notices));
    if (!sent) give_back(std::move(batch), sent.error());
  }
}

/// Behind the others, so that one address that cannot be reached does not hold them up.
void Notifier::give_back(std::vector<Waiting> failed, const base::Error& error) {
  const std::size_t before = failed.size();
  std::erase_if(failed, [](Waiting& one) { return ++one.tries >= kTries; });
  log_.error("unsubscribe.notify: " + error.text + "; " + (failed.empty() ? "given up: " : "tried again: ") +
             std::to_string(before) + " notices");
  base::MutexLock lock(mutex_);
  for (Waiting& one : failed) waiting_.push_back(std::move(one));
  const auto until = std::chrono::steady_clock::now() + pause_;
  while (!stops_ && std::chrono::steady_clock::now() < until)
    wake_.wait_for(mutex_, until - std::chrono::steady_clock::now());
}

}  // namespace signpost::programs
