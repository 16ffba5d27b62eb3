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
constexpr std::size_t kMaxFormer = 1000;
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

base::Result<LogChunk> GrowingLog::next() {
  if (source_.empty()) {
    if (auto found = find_place(); !found) return tl::unexpected(found.error());
    if (source_.empty()) return LogChunk{};
  }
  if (begins_at_end_) return LogChunk{source_, 0, at_};
  auto chunk = read();
  if (!chunk || chunk->to > chunk->from || !is_replaced()) return chunk;
  auto file = open_log(path_);
  if (!file) return tl::unexpected(file.error());
  auto name = name_of(*file, kind_);
  if (!name) return tl::unexpected(name.error());
  // Until the new one has a line, the old one may get more.
  if (name->empty()) return chunk;
  const auto mark = mark_(*name);
  if (!mark) return tl::unexpected(mark.error());
  file_ = std::move(*file);
  source_ = std::move(*name);
  at_ = *mark;
  return read();
}

void GrowingLog::advance(const LogChunk& chunk) {
  at_ = chunk.to;
  begins_at_end_ = false;
}

base::Result<void> GrowingLog::find_place() {
  auto file = open_log(path_);
  auto name = file ? name_of(*file, kind_) : std::string();
  if (!name) return tl::unexpected(name.error());
  const auto mark = name->empty() ? 0 : mark_(*name);
  if (!mark) return tl::unexpected(mark.error());
  at_ = *mark;
  if (*mark == 0 && !has_looked_) {
    const auto former = use_former();
    if (!former) return tl::unexpected(former.error());
    has_looked_ = true;
    if (*former) return {};
    const auto end = name->empty() ? 0 : end_of_lines(*file);
    if (!end) return tl::unexpected(end.error());
    at_ = *end;
    begins_at_end_ = at_ > 0;
  }
  if (!file) return tl::unexpected(file.error());
  file_ = std::move(*file);
  source_ = std::move(*name);
  return {};
}

/// The newest file that was read in part; false if there is none.
base::Result<bool> GrowingLog::use_former() {
  const auto directory = system::open_directory(system::directory_of(path_));
  if (!directory && directory.error().kind == base::ErrorKind::not_found) return false;
  if (!directory) return tl::unexpected(directory.error());
  const auto names = system::list_directory(*directory, kMaxFormer);
  if (!names) return tl::unexpected(names.error());
  const std::string_view base = std::string_view(path_).substr(path_.rfind('/') + 1);
  std::int64_t newest = -1;
  for (const std::string& one : *names) {
    if (!is_former(one, base)) continue;
    auto file = open_log({*directory, one});
    if (!file) continue;
    auto name = name_of(*file, kind_);
    if (!name || name->empty()) continue;
    const auto mark = mark_(*name);
    if (!mark) return tl::unexpected(mark.error());
    struct stat facts {};
    if (*mark == 0 || ::fstat(file->get(), &facts) != 0 || facts.st_mtime <= newest) continue;
    newest = facts.st_mtime;
    file_ = std::move(*file);
    source_ = std::move(*name);
    at_ = *mark;
  }
  return newest >= 0;
}

base::Result<LogChunk> GrowingLog::read() {
  // Truncated in place, and written anew.
  auto name = name_of(file_, kind_);
  if (!name) return tl::unexpected(name.error());
  if (*name != source_ || size_of(file_) < at_) {
    if (name->empty()) return LogChunk{};
    source_ = std::move(*name);
    at_ = 0;
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
