// spdlog provides the bounded queue and its thread. The sink is ours, because spdlog's file sinks can neither
// reopen nor report that a line did not reach the disk, and because waking the thread for every line costs more
// than writing it: after each write the thread rests, and the lines that arrived meanwhile are written together.
#include "system/log_writer.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/sink.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/mutex.h"
#include "system/descriptor.h"
#include "system/errors.h"
#include "system/file.h"

namespace signpost::system {
namespace {

/// O_NONBLOCK: a FIFO without a reader is an error here, and one with a slow reader loses lines instead of
/// filling the queue.
base::Result<Descriptor> open_log_file(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                         S_IRUSR | S_IWUSR | S_IRGRP));
  if (file.is_open()) return file;
  return base::fail(base::ErrorKind::unavailable,
                    system_error("cannot open log file '" + path + "'", errno).text);
}

/// How long the thread rests after a write. A line waits this long at most; under load one wake-up serves all
/// lines of that time (a wake-up for each of 3,000 lines a second was 8 % of the CPU that signing costs).
constexpr std::chrono::milliseconds kRest{5};
/// Lines are written when there are this many octets, even if more are waiting.
constexpr std::size_t kMaxTogether = std::size_t{64} * 1024;

/// The end of the queue: called by spdlog's one thread, and by reopen() from another.
class LineSink final : public spdlog::sinks::sink {
 public:
  LineSink(LogTarget target, Descriptor file) : target_(target), file_(std::move(file)) {}

  /// The queue of the lines; must be set before the first of them.
  void follow(spdlog::details::thread_pool* queue) { queue_ = queue; }

  void log(const spdlog::details::log_msg& message) override {
    const std::string_view line(message.payload.data(), message.payload.size());
    if (target_ == LogTarget::syslog_mail || target_ == LogTarget::syslog_daemon) {
      const int facility = target_ == LogTarget::syslog_mail ? LOG_MAIL : LOG_DAEMON;
      ::syslog(facility | message.source.line, "%.*s", static_cast<int>(line.size()), line.data());
    } else {
      lines_.append(line).append("\n");
    }
    const bool is_last = queue_->queue_size() == 0;
    if (is_last || lines_.size() >= kMaxTogether) write_lines();
    if (is_last && !ending_.load(std::memory_order_relaxed)) std::this_thread::sleep_for(kRest);
  }
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

  void replace(Descriptor next) {
    // `next` takes the old file out and closes it after the lock is gone.
    base::MutexLock lock(mutex_);
    std::swap(file_, next);
    torn_ = false;
  }
  /// Ends the rests, so that the queue is emptied now.
  void hurry() { ending_.store(true, std::memory_order_relaxed); }
  /// Writes what is left when the queue's thread has ended.
  void end() { write_lines(); }
  std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  // The lock is held across one write; only the queue's own thread and reopen() take it.
  void write_lines() EXCLUDES(mutex_) {
    if (lines_.empty()) return;
    base::MutexLock lock(mutex_);
    if (torn_) lines_.insert(0, 1, '\n');
    std::size_t done = 0;
    (void)write_all(file_.get(), lines_, &done);
    const std::size_t begin = std::max<std::size_t>(done, torn_ ? 1 : 0);
    lost_.fetch_add(static_cast<std::uint64_t>(
                        std::count(lines_.begin() + static_cast<std::ptrdiff_t>(begin), lines_.end(), '\n')),
                    std::memory_order_relaxed);
    // A partly written line stays as it is; the next line then begins with a newline.
    if (done > 0) torn_ = lines_[done - 1] != '\n';
    lines_.clear();
  }

  const LogTarget target_;
  spdlog::details::thread_pool* queue_ = nullptr;
  std::string lines_;  ///< of the queue's own thread
  std::atomic<bool> ending_{false};
  /// Held across I/O: a file is not replaced while a batch is written to it. No mail waits for this lock.
  base::Mutex mutex_;
  Descriptor file_ GUARDED_BY(mutex_);
  bool torn_ GUARDED_BY(mutex_) = false;
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace

struct LogWriter::State {
  State(LogTarget of, std::string at, Descriptor file, std::size_t queue_lines)
      : target(of),
        path(std::move(at)),
        sink(std::make_shared<LineSink>(target, std::move(file))),
        pool(std::make_shared<spdlog::details::thread_pool>(queue_lines, 1)),
        logger(std::make_shared<spdlog::async_logger>("signpost", sink, pool,
                                                      spdlog::async_overflow_policy::overrun_oldest)) {
    sink->follow(pool.get());
  }
  /// The pool's thread writes what is queued and ends first: nothing is left to use the logger then.
  ~State() {
    sink->hurry();
    pool.reset();
    sink->end();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  const LogTarget target;
  const std::string path;
  std::shared_ptr<LineSink> sink;
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
};

LogWriter::LogWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
LogWriter::LogWriter(LogWriter&&) noexcept = default;
LogWriter& LogWriter::operator=(LogWriter&&) noexcept = default;
LogWriter::~LogWriter() = default;

base::Result<LogWriter> LogWriter::open(LogTarget target, const std::string& path, std::size_t queue_lines) {
  Descriptor file;
  if (target == LogTarget::file) {
    auto opened = open_log_file(path);
    if (!opened) return tl::unexpected(opened.error());
    file = std::move(*opened);
  } else if (target == LogTarget::standard_error) {
    file = Descriptor(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));  // stderr is not ours to close
  }
  return LogWriter(std::make_unique<State>(target, path, std::move(file), queue_lines));
}

void LogWriter::write(std::string_view line, int syslog_priority) {
  // The source line carries the syslog priority through the queue; nothing else reads it.
  state_->logger->log(spdlog::source_loc{"", syslog_priority, ""}, spdlog::level::info,
                      spdlog::string_view_t(line.data(), line.size()));
}

void LogWriter::write(std::string_view line) {
  write(line, LOG_INFO);
}

base::Result<void> LogWriter::reopen() {
  if (state_->target != LogTarget::file) return {};
  auto file = open_log_file(state_->path);
  if (!file) return tl::unexpected(file.error());
  state_->sink->replace(std::move(*file));
  return {};
}

std::uint64_t LogWriter::lost() const {
  return state_->sink->lost() + state_->pool->overrun_counter();
}

}  // namespace signpost::system
