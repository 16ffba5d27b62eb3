#include "daemon/ingest/growing_log.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "system/errors.h"
#include "system/file.h"

namespace signpost::daemon::ingest {
namespace {

constexpr std::size_t kFirstLine = 4096;
constexpr std::size_t kLastLine = std::size_t{64} * 1024;
constexpr std::size_t kNameBytes = 16;
constexpr std::size_t kMaxNames = 100'000;  ///< in the log's directory
constexpr std::array<std::string_view, 4> kPacked = {".gz", ".xz", ".bz2", ".zst"};

base::Result<system::Descriptor> open_log(const system::FileName& name) {
  system::Descriptor file(
      ::openat(name.directory, name.text.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.is_open()) return system::system_failure(name.text);
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return system::system_failure(name.text);
  if (!S_ISREG(facts.st_mode)) return base::invalid(name.text + " is not a file");
  return file;
}

std::uint64_t size_of(const system::Descriptor& file) {
  struct stat facts {};
  return ::fstat(file.get(), &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
}

/// By its first line; empty while it has none.
base::Result<std::string> name_of(const system::Descriptor& file, const std::string& kind) {
  std::string first(kFirstLine, '\0');
  const auto got = system::read_at(file.get(), 0, first.data(), first.size());
  if (!got) return tl::unexpected(got.error());
  first.resize(*got);
  const std::size_t end = first.find('\n');
  if (end == std::string::npos && first.size() < kFirstLine) return std::string();
  first.resize(std::min(end, first.size()));
  const base::Digest digest = base::sha256(first);
  return kind + base::encode_hex(base::as_bytes(digest).substr(0, kNameBytes));
}

/// The beginning of the line that is being written.
base::Result<std::uint64_t> end_of_lines(const system::Descriptor& file) {
  const std::uint64_t size = size_of(file);
  const std::uint64_t from = size - std::min<std::uint64_t>(size, kLastLine);
  std::string last(static_cast<std::size_t>(size - from), '\0');
  const auto got = system::read_at(file.get(), from, last.data(), last.size());
  if (!got) return tl::unexpected(got.error());
  const std::size_t end = last.substr(0, *got).rfind('\n');
  return end == std::string::npos ? size : from + end + 1;
}

/// What rotation makes of a name: mail.log.1, maillog-20261128; not what it has compressed.
bool is_former(std::string_view name, std::string_view base) {
  if (name.size() <= base.size() || !name.starts_with(base)) return false;
  const std::string_view rest = name.substr(base.size());
  return (rest.front() == '.' || rest.front() == '-') &&
         std::none_of(kPacked.begin(), kPacked.end(),
                      [rest](std::string_view packed) { return rest.ends_with(packed); });
}

}  // namespace

/// A file that may be read next.
struct GrowingLog::Candidate {
  system::Descriptor file;
  std::string source;
  std::uint64_t mark = 0;
  std::uint64_t end = 0;  ///< of its whole lines
  base::Wall changed{};
};

base::Result<LogChunk> GrowingLog::next(base::Wall now) {
  if (!begun_) {
    const std::string source = kind_ + "begun";
    const auto seconds = mark_(source);
    if (!seconds) return tl::unexpected(seconds.error());
    is_first_ = *seconds == 0;
    if (is_first_) {
      const auto since = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
      return LogChunk{source, 0, static_cast<std::uint64_t>(std::max<std::int64_t>(since, 1))};
    }
    begun_ = base::Wall(std::chrono::seconds(*seconds));
  }
  if (source_.empty()) {
    const auto chosen = choose();
    if (!chosen) return tl::unexpected(chosen.error());
    if (!*chosen) return LogChunk{};
  }
  auto chunk = read();
  if (!chunk || chunk->to != chunk->from || !is_replaced()) return chunk;
  // What came to the old file before the new one was there.
  chunk = read();
  if (!chunk || chunk->to != chunk->from) return chunk;
  const auto chosen = choose();
  if (!chosen) return tl::unexpected(chosen.error());
  return *chosen ? read() : chunk;
}

void GrowingLog::advance(const LogChunk& chunk) {
  if (!begun_) {
    begun_ = base::Wall(std::chrono::seconds(chunk.to));
  } else {
    at_ = chunk.to;
  }
}

void GrowingLog::start_over() {
  source_.clear();
  file_ = system::Descriptor();
}

/// nullopt: it cannot be read, or has no line yet.
base::Result<std::optional<GrowingLog::Candidate>> GrowingLog::look_at(const system::FileName& name) const {
  Candidate found;
  auto file = open_log(name);
  if (!file) return tl::unexpected(file.error());
  found.file = std::move(*file);
  auto source = name_of(found.file, kind_);
  if (!source) return tl::unexpected(source.error());
  if (source->empty()) return std::optional<Candidate>();
  found.source = std::move(*source);
  const auto mark = mark_(found.source);
  if (!mark) return tl::unexpected(mark.error());
  found.mark = *mark;
  const auto end = end_of_lines(found.file);
  if (!end) return tl::unexpected(end.error());
  found.end = *end;
  struct stat facts {};
  if (::fstat(found.file.get(), &facts) == 0)
    found.changed = base::Wall(std::chrono::seconds(facts.st_mtime));
  return found;
}

/// The oldest of the rotated files that has something to read, else the file itself. False: there is none yet.
base::Result<bool> GrowingLog::choose() {
  std::optional<Candidate> best;
  std::uint64_t skips = 0;
  const auto directory = system::open_directory(system::directory_of(path_));
  if (!directory && directory.error().kind != base::ErrorKind::not_found)
    return tl::unexpected(directory.error());
  const auto names = directory && !is_first_ ? system::list_directory(*directory, kMaxNames)
                                             : base::Result<std::vector<std::string>>();
  if (!names) return tl::unexpected(names.error());
  const std::string_view base = std::string_view(path_).substr(path_.rfind('/') + 1);
  for (const std::string& one : *names) {
    if (!is_former(one, base)) continue;
    auto found = look_at({*directory, one});
    if (!found || !*found) continue;
    const bool is_of_before = (*found)->mark == 0 && (*found)->changed < *begun_;
    if (is_of_before || (*found)->mark >= (*found)->end) continue;
    if (!best || (*found)->changed < best->changed) best = std::move(*found);
  }
  if (!best) {
    auto current = look_at(path_);
    const bool was_first = std::exchange(is_first_, false);
    if (!current) return tl::unexpected(current.error());
    if (!*current) return false;
    best = std::move(*current);
    if (best->mark == 0 && was_first) skips = best->end;
  }
  file_ = std::move(best->file);
  source_ = std::move(best->source);
  at_ = best->mark;
  skips_ = skips;
  return true;
}

base::Result<LogChunk> GrowingLog::read() {
  auto name = name_of(file_, kind_);
  if (!name) return tl::unexpected(name.error());
  if (name->empty()) return LogChunk{};  // truncated in place, and not written yet
  if (*name != source_) {
    const auto mark = mark_(*name);
    if (!mark) return tl::unexpected(mark.error());
    source_ = std::move(*name);
    at_ = *mark;
    skips_ = 0;
  }
  if (skips_ > at_) return LogChunk{source_, at_, skips_};
  if (size_of(file_) < at_) {
    const auto end = end_of_lines(file_);
    if (!end) return tl::unexpected(end.error());
    return LogChunk{source_, at_, *end};
  }
  LogChunk chunk{source_, at_, at_, std::string(kMaxChunk, '\0')};
  const auto got = system::read_at(file_.get(), at_, chunk.text.data(), chunk.text.size());
  if (!got) return tl::unexpected(got.error());
  chunk.text.resize(*got);
  const std::size_t end = chunk.text.rfind('\n');
  if (end == std::string::npos && *got == kMaxChunk) {
    chunk.to += *got;  // no log has such lines
    chunk.text.clear();
    return chunk;
  }
  chunk.text.resize(end == std::string::npos ? 0 : end + 1);
  chunk.to += chunk.text.size();
  return chunk;
}

bool GrowingLog::is_replaced() const {
  struct stat now {};
  struct stat ours {};
  return ::stat(path_.c_str(), &now) == 0 && ::fstat(file_.get(), &ours) == 0 &&
         (now.st_ino != ours.st_ino || now.st_dev != ours.st_dev);
}

}  // namespace signpost::daemon::ingest
