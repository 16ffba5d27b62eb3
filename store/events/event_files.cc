#include "store/events/event_files.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <new>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "system/errors.h"
#include "system/file.h"

namespace signpost::store {
namespace {

constexpr std::string_view kSuffix = ".events";
constexpr std::size_t kDateSize = 10;  // "2026-11-28"
constexpr std::size_t kReadSize = std::size_t{256} * 1024;
constexpr std::size_t kMaxLine = std::size_t{64} * 1024;  ///< a longer one is none of ours
constexpr std::chrono::seconds kFlush{5};
constexpr std::size_t kMaxNames = 100'000;

std::string name_of(Day day) {
  return base::format_time(base::Wall(day)).substr(0, kDateSize) + std::string(kSuffix);
}

std::optional<Day> parse_name(std::string_view name) {
  if (name.size() != kDateSize + kSuffix.size() || !name.ends_with(kSuffix)) return {};
  const auto at = base::parse_time(name.substr(0, kDateSize));
  if (!at) return {};
  return std::chrono::floor<std::chrono::days>(*at);
}

}  // namespace

std::string format_event_place(const EventPlace& place) {
  std::string date = base::format_time(base::Wall(place.day)).substr(0, kDateSize);
  std::erase(date, '-');
  return date + "." + std::to_string(place.offset);
}

EventFiles::EventFiles(std::string path, std::uint64_t max_bytes, system::Descriptor directory)
    : path_(std::move(path)), max_bytes_(max_bytes), directory_(std::move(directory)) {}

base::Result<std::unique_ptr<EventFiles>> EventFiles::open(const std::string& directory,
                                                           std::uint64_t max_bytes) {
  if (::mkdir(directory.c_str(), 0750) != 0 && errno != EEXIST)
    return system::system_failure("making the directory '" + directory + "'");
  auto opened = system::open_directory(directory);
  if (!opened) return tl::unexpected(opened.error());
  std::unique_ptr<EventFiles> files(new EventFiles(directory, max_bytes, std::move(*opened)));
  files->worker_.start([made = files.get()] { return made->write_waiting(); });
  return files;
}

EventFiles::~EventFiles() {
  worker_.stop();
  write_waiting();
}

void EventFiles::append(base::Wall at, std::string_view line) {
  const Day day = std::chrono::floor<std::chrono::days>(at);
  bool wakes = false;
  {
    base::MutexLock lock(mutex_);
    if (waiting_bytes_ + line.size() >= kMaxWaiting) {
      ++lost_;
      problem_ = path_ + ": the disk is too slow";
      return;
    }
    if (waiting_.empty() || waiting_.back().day != day) waiting_.push_back({day, {}, 0});
    waiting_.back().lines.append(line).append("\n");
    ++waiting_.back().count;
    waiting_bytes_ += line.size() + 1;
    ++appended_;
    wakes = std::exchange(rests_, false);
  }
  // One wake-up serves all lines of the next kRest.
  if (wakes) worker_.wake();
}

bool EventFiles::flush() {
  worker_.wake();
  base::MutexLock lock(mutex_);
  const std::uint64_t until = appended_;
  return written_.wait_for(mutex_, kFlush, [&]() REQUIRES(mutex_) { return done_ >= until; });
}

std::uint64_t EventFiles::lost() const {
  base::MutexLock lock(mutex_);
  return lost_;
}

std::string EventFiles::problem() const {
  base::MutexLock lock(mutex_);
  return problem_;
}

std::chrono::nanoseconds EventFiles::write_waiting() {
  std::vector<Waiting> waiting;
  {
    base::MutexLock lock(mutex_);
    waiting.swap(waiting_);
    waiting_bytes_ = 0;
    rests_ = waiting.empty();
  }
  if (waiting.empty()) return base::Worker::kUntilWoken;
  std::string problem;
  std::uint64_t lost = 0;
  std::uint64_t count = 0;
  for (const Waiting& part : waiting) {
    count += part.count;
    try {
      if (auto written = write(part); !written) {
        lost += part.count;
        problem = path_ + ": " + written.error().text;
      }
    } catch (const std::bad_alloc&) {
      lost += part.count;
    }
  }
  {
    base::MutexLock lock(mutex_);
    lost_ += lost;
    done_ += count;
    problem_ = std::move(problem);
  }
  written_.notify_all();
  return kRest;
}

base::Result<void> EventFiles::write(const Waiting& waiting) {
  if (auto used = use_file_of(waiting.day); !used) return used;
  const off_t before = ::lseek(file_.get(), 0, SEEK_END);
  if (auto room = expect_room(before < 0 ? 0 : static_cast<std::uint64_t>(before), waiting.lines.size());
      !room)
    return room;
  auto written = system::write_all(file_.get(), waiting.lines);
  // All of it or nothing: half a line would spoil the next one.
  if (!written && (before < 0 || ::ftruncate(file_.get(), before) != 0)) day_.reset();
  return written;
}

base::Result<void> EventFiles::expect_room(std::uint64_t size, std::size_t more) const {
  if (size + more > max_bytes_)
    return base::fail(base::ErrorKind::limit, "a day would take more than retention.events_size");
  struct statvfs disk {};
  if (::fstatvfs(file_.get(), &disk) != 0) return {};
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  const std::uint64_t left = std::min(kLeftFree, std::uint64_t{disk.f_blocks} * disk.f_frsize / 20);
  if (free >= left + more) return {};
  return base::fail(base::ErrorKind::unavailable, "the disk is nearly full, and the list needs the rest");
}

base::Result<void> EventFiles::use_file_of(Day day) {
  struct stat facts {};
  const bool is_there = day_ == day && ::fstat(file_.get(), &facts) == 0 && facts.st_nlink > 0;
  if (is_there) return {};
  day_.reset();
  file_ = system::Descriptor(::openat(directory_.get(), name_of(day).c_str(),
                                      O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!file_.is_open() || ::fstat(file_.get(), &facts) != 0) return system::system_failure(name_of(day));
  if (facts.st_size > 0) {
    // The daemon was killed in the middle of a line.
    char last = '\n';
    const auto got = system::read_at(file_.get(), static_cast<std::uint64_t>(facts.st_size) - 1, &last, 1);
    if (!got) return tl::unexpected(got.error());
    if (last != '\n') {
      if (auto ended = system::write_all(file_.get(), "\n"); !ended) return ended;
    }
  }
  day_ = day;
  return {};
}

base::Result<std::vector<Day>> EventFiles::days() const {
  const auto names = system::list_directory(directory_, kMaxNames);
  if (!names) return tl::unexpected(names.error());
  std::vector<Day> days;
  for (const std::string& name : *names) {
    if (const auto day = parse_name(name)) days.push_back(*day);
  }
  std::sort(days.begin(), days.end());
  return days;
}

base::Result<std::uint64_t> EventFiles::size(Day day) const {
  struct stat facts {};
  if (::fstatat(directory_.get(), name_of(day).c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0)
    return static_cast<std::uint64_t>(facts.st_size);
  if (errno == ENOENT) return std::uint64_t{0};
  return system::system_failure(path_ + "/" + name_of(day));
}

base::Result<void> EventFiles::visit(const EventPlace& from, const Visit& visit) const {
  const Day day = from.day;
  const system::Descriptor file(
      ::openat(directory_.get(), name_of(day).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.is_open() && errno == ENOENT) return {};
  if (!file.is_open()) return system::system_failure(path_ + "/" + name_of(day));
  std::string held(kReadSize + kMaxLine, '\0');
  std::size_t kept = 0;               // octets of a line that is not complete
  std::uint64_t begin = from.offset;  // where `held` stands in the file
  bool is_overlong = false;           // the rest of the line is passed over
  for (;;) {
    const auto got = system::read_at(file.get(), begin + kept, held.data() + kept, kReadSize);
    if (!got) return tl::unexpected(base::in_context(path_ + "/" + name_of(day), got.error()));
    if (*got == 0) return {};
    const std::string_view text(held.data(), kept + *got);
    std::size_t at = 0;
    for (std::size_t end = text.find('\n', kept); end != std::string_view::npos; end = text.find('\n', at)) {
      const std::string_view line = text.substr(at, end - at);
      if (!is_overlong && !visit({day, begin + at}, line)) return {};
      is_overlong = false;
      at = end + 1;
    }
    kept = text.size() - at;
    if (kept > kMaxLine) {
      is_overlong = true;
      at = text.size();
      kept = 0;
    }
    std::copy(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), held.begin());
    begin += at;
  }
}

base::Result<void> EventFiles::overwrite(const EventPlace& place, std::string_view line) {
  const std::string name = name_of(place.day);
  const system::Descriptor file(::openat(directory_.get(), name.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.is_open()) return system::system_failure(path_ + "/" + name);
  return system::write_at(file.get(), place.offset, line);
}

base::Result<void> EventFiles::sync(Day day) {
  const std::string name = name_of(day);
  const system::Descriptor file(::openat(directory_.get(), name.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.is_open() || ::fdatasync(file.get()) != 0)
    return system::system_failure("syncing " + path_ + "/" + name);
  return {};
}

base::Result<void> EventFiles::sweep(Day oldest, Day today) {
  const auto kept = days();
  if (!kept) return tl::unexpected(kept.error());
  std::uint64_t total = 0;
  std::map<Day, std::uint64_t> sizes;
  for (const Day day : *kept) {
    const auto size = this->size(day);
    if (!size) return tl::unexpected(size.error());
    total += sizes[day] = *size;
  }
  const auto remove = [&](Day day) -> base::Result<void> {
    const std::string name = name_of(day);
    if (::unlinkat(directory_.get(), name.c_str(), 0) != 0 && errno != ENOENT)
      return system::system_failure("removing " + path_ + "/" + name);
    total -= sizes[day];
    return {};
  };
  std::vector<Day> recent;
  for (const Day day : *kept) {
    if (day == today) continue;
    if (day >= oldest && day <= today + std::chrono::days(1)) {
      recent.push_back(day);
    } else if (auto removed = remove(day); !removed) {
      return removed;
    }
  }
  for (auto day = recent.begin(); day != recent.end() && total > max_bytes_; ++day) {
    if (auto removed = remove(*day); !removed) return removed;
  }
  return {};
}

}  // namespace signpost::store
