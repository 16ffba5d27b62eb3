// spdlog gives the bounded queue and its thread; the sink is ours, because spdlog's file sinks can neither
// reopen nor tell that a line did not reach the disk.
#include "programs/log_writer.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/sink.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/mutex.h"

namespace signpost::programs {
namespace {

/// A descriptor that is closed with its owner; stderr is not ours to close.
class LogFile {
 public:
  LogFile() = default;
  explicit LogFile(int descriptor) : descriptor_(descriptor) {}
  LogFile(LogFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  LogFile& operator=(LogFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~LogFile() {
    if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

/// O_NONBLOCK: a FIFO without a reader is an error here, and one with a slow reader loses lines instead of
/// filling the queue.
base::Result<LogFile> open_log_file(const std::string& path) {
  const int descriptor =
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
             S_IRUSR | S_IWUSR | S_IRGRP);
  if (descriptor >= 0) return LogFile(descriptor);
  const int error = errno;
  return base::fail(base::ErrorKind::unavailable,
                    "cannot open log file '" + path + "': " + std::strerror(error));
}

/// The end of the queue: called by spdlog's one thread, and by reopen() from another.
class LineSink final : public spdlog::sinks::sink {
 public:
  LineSink(LogTarget target, LogFile file) : target_(target), file_(std::move(file)) {}

  void log(const spdlog::details::log_msg& message) override {
    const std::string_view line(message.payload.data(), message.payload.size());
    if (target_ == LogTarget::syslog_mail || target_ == LogTarget::syslog_daemon) {
      const int facility = target_ == LogTarget::syslog_mail ? LOG_MAIL : LOG_DAEMON;
      ::syslog(facility | message.source.line, "%.*s", static_cast<int>(line.size()), line.data());
    } else {
      write_line(line);
    }
  }
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

  void replace(LogFile next) {
    // `next` takes the old file out and closes it after the lock is gone.
    base::MutexLock lock(mutex_);
    std::swap(file_, next);
    torn_ = false;
  }
  std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  // The lock is held while one line is written: only the queue's own thread and reopen() ever want it.
  void write_line(std::string_view line) EXCLUDES(mutex_) {
    std::string bytes;
    bytes.reserve(line.size() + 2);
    base::MutexLock lock(mutex_);
    if (torn_) bytes += '\n';
    bytes.append(line).append("\n");
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t written = ::write(file_.get(), bytes.data() + done, bytes.size() - done);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) break;
      done += static_cast<std::size_t>(written);
    }
    if (done < bytes.size()) lost_.fetch_add(1, std::memory_order_relaxed);
    // A part of a line stays as it is; the next line then begins with a newline of its own.
    if (done > 0) torn_ = done < bytes.size();
  }

  const LogTarget target_;
  base::Mutex mutex_;
  LogFile file_ GUARDED_BY(mutex_);
  bool torn_ GUARDED_BY(mutex_) = false;
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace

struct LogWriter::State {
  State(LogTarget of, std::string at, LogFile file, std::size_t queue_lines)
      : target(of),
        path(std::move(at)),
        sink(std::make_shared<LineSink>(target, std::move(file))),
        pool(std::make_shared<spdlog::details::thread_pool>(queue_lines, 1)),
        logger(std::make_shared<spdlog::async_logger>("signpost", sink, pool,
                                                      spdlog::async_overflow_policy::overrun_oldest)) {}
  /// The pool's thread writes what is queued and ends first: nothing is left to use the logger then.
  ~State() { pool.reset(); }
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
  LogFile file;
  if (target == LogTarget::file) {
    auto opened = open_log_file(path);
    if (!opened) return tl::unexpected(opened.error());
    file = std::move(*opened);
  } else if (target == LogTarget::standard_error) {
    file = LogFile(STDERR_FILENO);
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

}  // namespace signpost::programs
