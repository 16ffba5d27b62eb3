#include "web/spool/writer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/crypto.h"
#include "base/encoding.h"
#include "system/errors.h"
#include "system/file.h"
#include "web/spool/record.h"

namespace signpost::web::spool {
namespace {

constexpr const char* kFreshName = "segment.new";
constexpr mode_t kSegmentMode = 0640;
/// More of them mean that no daemon removes them: then they last longer, so that they stay few.
constexpr std::size_t kFewSegments = 16;
constexpr std::chrono::minutes kUnreadAge{10};

std::string segment_name(base::Wall now) {
  std::array<std::uint8_t, 10> entropy{};
  const std::string random = base::random_bytes(entropy.size());
  std::copy(random.begin(), random.end(), entropy.begin());
  return "hits-" + base::format_ulid(now, entropy) + ".spool";
}

}  // namespace

base::Result<SpoolWriter> SpoolWriter::open(const std::string& directory, SpoolLimits limits,
                                            base::Wall now) {
  auto handle = system::open_directory(directory);
  if (!handle) return tl::unexpected(handle.error());
  if (::flock(handle->get(), LOCK_EX | LOCK_NB) != 0) {
    return system::system_failure(directory + ": another signpost-web is writing to this spool");
  }
  SpoolWriter writer(std::move(*handle), limits);
  if (auto begun = writer.begin_segment(now); !begun) {
    return tl::unexpected(base::in_context(directory, begun.error()));
  }
  return writer;
}

SpoolWriter::~SpoolWriter() {
  end_segment();
}

/// The segment gets its name last, with its header on disk and its lock held: no reader
/// ever sees one without.
base::Result<void> SpoolWriter::begin_segment(base::Wall now) {
  system::Descriptor file(::openat(directory_.get(), kFreshName,
                                   O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
                                   kSegmentMode));
  if (!file.is_open()) return system::system_failure("cannot create a segment");
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return system::system_failure("cannot lock a segment");
  if (auto written = system::write_all(file.get(), kSpoolHeader); !written) return written;
  if (::fsync(file.get()) != 0) return system::system_failure("cannot sync a segment");
  const std::string name = segment_name(now);
  if (auto named = system::rename_file({directory_, kFreshName}, {directory_, name}); !named) return named;
  segment_ = std::move(file);
  name_ = name;
  size_ = kSpoolHeader.size();
  began_ = now;
  others_ = measure_others();
  unsynced_ = false;
  return {};
}

void SpoolWriter::end_segment() {
  if (!segment_.is_open()) return;
  if (size_ == kSpoolHeader.size()) {
    ::unlinkat(directory_.get(), name_.c_str(), 0);
  } else if (unsynced_) {
    ::fdatasync(segment_.get());
  }
  segment_ = system::Descriptor();
}

base::Result<void> SpoolWriter::append(std::string_view records, Keep keep, base::Wall now) {
  const bool has_records = size_ > kSpoolHeader.size();
  const base::Wall::duration age = now - began_;
  const bool is_full = size_ + records.size() > limits_.segment_bytes;
  const bool is_old = age > limits_.segment_age && (age > kUnreadAge || is_being_emptied());
  if (segment_.is_open() && has_records && (is_full || is_old || now < began_)) end_segment();
  if (!segment_.is_open()) {
    if (auto begun = begin_segment(now); !begun) return begun;
  }
  if (auto room = find_room(records.size(), keep); !room) return room;

  if (auto written = system::write_all(segment_.get(), records); !written) {
    // A torn record would hide all that follow it.
    if (::ftruncate(segment_.get(), static_cast<off_t>(size_)) != 0) end_segment();
    return written;
  }
  if (keep == Keep::now && ::fdatasync(segment_.get()) != 0) {
    // What reached the disk is unknown from here on; a later sync of this file could lie.
    auto failed = system::system_failure("cannot sync the spool");
    size_ += records.size();
    end_segment();
    return failed;
  }
  size_ += records.size();
  unsynced_ = keep == Keep::soon;
  return {};
}

base::Result<void> SpoolWriter::find_room(std::size_t bytes, Keep keep) {
  const std::uint64_t max = keep == Keep::now
                                ? limits_.total_bytes
                                : limits_.total_bytes - std::min(limits_.reserve_bytes, limits_.total_bytes);
  if (others_.bytes + size_ + bytes <= max) return {};
  others_ = measure_others();
  if (others_.bytes + size_ + bytes <= max) return {};
  return base::fail(base::ErrorKind::limit, "the spool is full; check that signpostd is running");
}

bool SpoolWriter::is_being_emptied() {
  if (others_.count >= kFewSegments) others_ = measure_others();
  return others_.count < kFewSegments;
}

SpoolWriter::Others SpoolWriter::measure_others() const {
  const auto names = system::list_directory(directory_, std::numeric_limits<std::size_t>::max());
  Others others;
  for (const std::string& name : names.value_or(std::vector<std::string>{})) {
    struct stat facts {};
    if (!is_segment_name(name) || name == name_) continue;
    if (::fstatat(directory_.get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0) {
      ++others.count;
      others.bytes += static_cast<std::uint64_t>(facts.st_size);
    }
  }
  return others;
}

}  // namespace signpost::web::spool
