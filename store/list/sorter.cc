#include "store/list/sorter.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "system/errors.h"
#include "system/file.h"

namespace signpost::store::list {
namespace {

constexpr std::size_t kSizes = 2 * sizeof(std::uint32_t);   ///< before each record: of key and value
constexpr std::size_t kMergeBytes = std::size_t{64} << 20;  ///< for the buffers of all runs
constexpr std::size_t kMinBuffer = std::size_t{64} << 10;
constexpr std::size_t kMaxBuffer = std::size_t{4} << 20;
constexpr std::uint64_t kFreeBytes = std::uint64_t{64} << 20;  ///< of disk space, left for others

std::uint32_t size_at(const char* bytes) {
  std::uint32_t size = 0;
  std::memcpy(&size, bytes, sizeof size);
  return size;
}
std::string_view key_at(const char* record) {
  return {record + kSizes, size_at(record)};
}
std::string_view value_at(const char* record) {
  return {record + kSizes + size_at(record), size_at(record + sizeof(std::uint32_t))};
}
std::size_t record_size(const char* record) {
  return kSizes + size_at(record) + size_at(record + sizeof(std::uint32_t));
}

void append_size(std::string& arena, std::size_t size) {
  const auto narrow = static_cast<std::uint32_t>(size);
  char bytes[sizeof narrow];
  std::memcpy(bytes, &narrow, sizeof narrow);
  arena.append(bytes, sizeof bytes);
}

/// The first eight bytes as a number that orders as they do.
std::uint64_t prefix_of(std::string_view key) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < sizeof prefix; ++i)
    prefix = prefix << 8 | (i < key.size() ? static_cast<unsigned char>(key[i]) : 0U);
  return prefix;
}

}  // namespace

Sorter::~Sorter() {
  if (run_.valid()) run_.wait();
}

base::Result<void> Sorter::add(std::string_view key, std::string_view value) {
  const std::size_t bytes = kSizes + key.size() + value.size();
  auto& [arena, rows] = filling_;
  if (!rows.empty() && arena.size() + bytes > run_bytes_) {
    if (auto spilled = spill(); !spilled) return spilled;
  }
  if (arena.empty()) arena.reserve(run_bytes_);
  rows.push_back({prefix_of(key), arena.size()});
  append_size(arena, key.size());
  append_size(arena, value.size());
  arena.append(key).append(value);
  ++size_;
  return {};
}

void Sorter::Batch::sort() {
  const char* const bytes = arena.data();
  std::sort(rows.begin(), rows.end(), [bytes](const Row& a, const Row& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    const int order = key_at(bytes + a.at).compare(key_at(bytes + b.at));
    return order != 0 ? order < 0 : a.at < b.at;
  });
}

/// Refuses before the disk is full, because a full disk would stop the list itself.
base::Result<void> Sorter::open_file(std::uint64_t wanted) {
  if (!file_.is_open()) {
    std::string path = directory_ + "/.signpost-sort-XXXXXX";
    file_ = system::Descriptor(::mkostemp(path.data(), O_CLOEXEC));
    if (!file_.is_open()) return system::system_failure("making a file to sort in " + directory_);
    ::unlink(path.c_str());
  }
  struct statvfs room {};
  if (::fstatvfs(file_.get(), &room) != 0) return system::system_failure("sorting in " + directory_);
  if (std::uint64_t{room.f_bavail} * room.f_frsize >= wanted + kFreeBytes) return {};
  return base::fail(base::ErrorKind::unavailable, "not enough space in " + directory_ + " to sort");
}

/// Hands the full batch to the other thread, and takes the one that it emptied.
base::Result<void> Sorter::spill() {
  if (auto finished = finish_run(); !finished) return finished;
  if (auto opened = open_file(filling_.arena.size()); !opened) return opened;
  std::swap(filling_, leaving_);
  Run run;
  run.begin = file_bytes_;
  run.end = file_bytes_ += leaving_.arena.size();
  runs_.push_back(std::move(run));
  // If no thread can be started, the work is done when its result is needed.
  run_ =
      std::async(std::launch::async | std::launch::deferred, [this] { return write_run(leaving_); }).share();
  return {};
}

base::Result<void> Sorter::write_run(Batch& batch) {
  batch.sort();
  std::string out;
  for (const Row& row : batch.rows) {
    const char* record = batch.arena.data() + row.at;
    out.append(record, record_size(record));
    if (out.size() < kMaxBuffer) continue;
    if (auto written = system::write_all(file_.get(), out); !written) return written;
    out.clear();
  }
  batch.rows.clear();
  batch.arena.clear();
  return system::write_all(file_.get(), out);
}

base::Result<void> Sorter::finish_run() {
  return run_.valid() ? run_.get() : base::Result<void>{};
}

base::Result<void> Sorter::rewind() {
  if (runs_.empty()) {
    if (next_row_ == 0) filling_.sort();
    next_row_ = 0;
    return {};
  }
  if (!filling_.rows.empty()) {
    if (auto spilled = spill(); !spilled) return spilled;
  }
  if (auto finished = finish_run(); !finished) return finished;
  filling_ = {};
  leaving_ = {};
  heap_.clear();
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    Run& run = runs_[i];
    run.at = run.begin;
    run.buffer.clear();
    run.used = 0;
    const auto filled = fill_record(run);
    if (!filled) return tl::unexpected(filled.error());
    if (*filled) heap_.push_back(i);
  }
  std::make_heap(heap_.begin(), heap_.end(), [this](auto a, auto b) { return is_later(a, b); });
  return {};
}

bool Sorter::is_later(std::size_t left, std::size_t right) const {
  const std::string_view a = key_at(runs_[left].buffer.data() + runs_[left].used);
  const std::string_view b = key_at(runs_[right].buffer.data() + runs_[right].used);
  const int order = a.compare(b);
  return order != 0 ? order > 0 : left > right;
}

/// Reads until the run's buffer has `wanted` bytes. False if the run ends before.
base::Result<bool> Sorter::fill(Run& run, std::size_t wanted) {
  if (run.buffer.size() - run.used >= wanted) return true;
  run.buffer.erase(0, run.used);
  run.used = 0;
  const std::size_t piece = std::clamp(kMergeBytes / runs_.size(), kMinBuffer, kMaxBuffer);
  while (run.buffer.size() < wanted && run.at < run.end) {
    const std::size_t held = run.buffer.size();
    const std::size_t size = std::min<std::uint64_t>(std::max(piece, wanted) - held, run.end - run.at);
    run.buffer.resize(held + size);
    const auto got = system::read_at(file_.get(), run.at, run.buffer.data() + held, size);
    if (!got) return tl::unexpected(got.error());
    if (*got != size) return system::system_failure("reading the sorted data", EIO);
    run.at += size;
  }
  return run.buffer.size() >= wanted;
}

base::Result<bool> Sorter::fill_record(Run& run) {
  auto sizes = fill(run, kSizes);
  if (!sizes || !*sizes) return sizes;
  return fill(run, record_size(run.buffer.data() + run.used));
}

base::Result<bool> Sorter::next(Item& item) {
  if (runs_.empty()) {
    if (next_row_ == filling_.rows.size()) return false;
    const char* record = filling_.arena.data() + filling_.rows[next_row_++].at;
    item.key = key_at(record);
    item.value = value_at(record);
    return true;
  }
  if (heap_.empty()) return false;
  const auto later = [this](auto a, auto b) { return is_later(a, b); };
  std::pop_heap(heap_.begin(), heap_.end(), later);
  Run& run = runs_[heap_.back()];
  const char* record = run.buffer.data() + run.used;
  item.key = key_at(record);
  item.value = value_at(record);
  run.used += record_size(record);
  auto filled = fill_record(run);
  if (!filled) return filled;
  if (*filled) {
    std::push_heap(heap_.begin(), heap_.end(), later);
  } else {
    heap_.pop_back();
  }
  return true;
}

}  // namespace signpost::store::list
