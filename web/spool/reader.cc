#include "web/spool/reader.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "system/errors.h"
#include "system/file.h"
#include "web/spool/record.h"

namespace signpost::web::spool {
namespace {

constexpr std::size_t kMaxEntries = 65536;  // of the directory, looked at
constexpr std::size_t kChunk = 1u << 20;

base::Result<std::string> read_chunk(const system::Descriptor& file, std::uint64_t offset) {
  std::string bytes(kChunk, '\0');
  const auto filled = system::read_at(file.get(), offset, bytes.data(), bytes.size());
  if (!filled) return tl::unexpected(base::in_context("a segment", filled.error()));
  bytes.resize(*filled);
  return bytes;
}

/// What stands behind the records that were read.
enum class Behind { nothing_yet, damage, newer_version };

/// Moves records from `bytes` into the batch until it is full, the bytes end or one cannot be read.
Behind take_records(std::string_view bytes, std::size_t max_hits, SpoolBatch& batch) {
  while (!bytes.empty() && batch.hits.size() < max_hits) {
    auto record = parse_spool_record(bytes);
    if (!record && record.error().kind == base::ErrorKind::unavailable) return Behind::nothing_yet;
    if (!record)
      return record.error().kind == base::ErrorKind::limit ? Behind::newer_version : Behind::damage;
    batch.hits.push_back(std::move(record->hit));
    batch.mark.offset += record->size;
    bytes.remove_prefix(record->size);
  }
  return Behind::nothing_yet;
}

}  // namespace

base::Result<SpoolReader> SpoolReader::open(const std::string& directory, uid_t owner) {
  auto handle = system::open_directory(directory);
  if (!handle) return tl::unexpected(handle.error());
  return SpoolReader(std::move(*handle), owner);
}

base::Result<std::optional<SpoolReader>> SpoolReader::open_if_there(const std::string& directory) {
  struct stat facts {};
  if (::stat(directory.c_str(), &facts) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return system::system_failure("cannot look into " + directory);
  }
  auto opened = open(directory, facts.st_uid);
  if (!opened) return tl::unexpected(opened.error());
  return std::optional(std::move(*opened));
}

base::Result<std::vector<std::string>> SpoolReader::segments() const {
  auto names = system::list_directory(directory_, kMaxEntries);
  if (!names) return tl::unexpected(base::in_context("the spool", names.error()));
  std::erase_if(*names, [](const std::string& name) { return !is_segment_name(name); });
  std::sort(names->begin(), names->end());
  if (names->size() > kMaxSegments) names->resize(kMaxSegments);
  return names;
}

base::Result<SpoolBatch> SpoolReader::read(const SpoolMark& mark, std::size_t max_hits) const {
  if (!is_segment_name(mark.segment))
    return base::invalid("'" + mark.segment + "' is not the name of a spool segment");
  const system::Descriptor file(
      ::openat(directory_.get(), mark.segment.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == ELOOP) return base::invalid(mark.segment + " is a symbolic link");
    if (errno == ENXIO) return base::invalid(mark.segment + " is a socket");
    return system::system_failure("cannot open " + mark.segment);
  }
  // Asked before anything is read: what lies in a segment without a writer will not change.
  const bool final = ::flock(file.get(), LOCK_SH | LOCK_NB) == 0;
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return system::system_failure("cannot inspect " + mark.segment);
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  if (!S_ISREG(facts.st_mode) || facts.st_uid != owner_ || size > kMaxSegmentBytes) {
    return base::invalid(mark.segment + " is not a file that signpost-web made");
  }

  SpoolBatch batch;
  batch.mark = mark;
  auto bytes = read_chunk(file, mark.offset);
  if (!bytes) return tl::unexpected(bytes.error());
  std::string_view rest = *bytes;
  Behind behind = Behind::nothing_yet;
  if (mark.offset == 0 && !rest.starts_with(kSpoolHeader)) {
    behind = Behind::damage;
  } else {
    const std::size_t header = mark.offset == 0 ? kSpoolHeader.size() : 0;
    batch.mark.offset += header;
    behind = take_records(rest.substr(header), max_hits, batch);
  }
  if (behind == Behind::newer_version) {
    if (batch.mark.offset != mark.offset) return batch;
    return base::fail(base::ErrorKind::unavailable,
                      mark.segment +
                          " holds records of a newer signpost-web, which are kept for a newer "
                          "signpostd: renew and restart it");
  }

  const bool reached_end = mark.offset + bytes->size() >= size;
  const bool is_full = batch.hits.size() == max_hits && batch.mark.offset < size;
  const bool ends_here = behind == Behind::damage || (reached_end && !is_full);
  if (final && ends_here) {
    batch.finished = true;
    batch.damaged = size - std::min(size, batch.mark.offset);
    batch.mark.offset = size;
  }
  return batch;
}

base::Result<void> SpoolReader::remove(const std::string& segment) const {
  if (!is_segment_name(segment)) return base::invalid("'" + segment + "' is not the name of a spool segment");
  if (::unlinkat(directory_.get(), segment.c_str(), 0) == 0 || errno == ENOENT) return {};
  return system::system_failure("cannot remove " + segment);
}

}  // namespace signpost::web::spool
