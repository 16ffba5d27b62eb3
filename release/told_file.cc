#include "release/told_file.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "system/errors.h"
#include "system/file.h"

namespace signpost::release {
namespace {

using system::Descriptor;
using system::system_failure;

constexpr std::string_view kHeader = "signpost-release told ids 1\n";
constexpr std::size_t kMaxBytes = std::size_t{1} << 30;

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

base::Result<Descriptor> open_locked(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
  if (!file.is_open()) return system_failure("cannot open '" + path + "'");
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno != EWOULDBLOCK) return system_failure("cannot lock '" + path + "'");
  return base::fail(base::ErrorKind::unavailable, "'" + path + "' is in use by another signpost-release");
}

/// How many bytes of the file are whole lines; each is handed to `each`.
base::Result<std::size_t> read_lines(std::string_view bytes, const std::function<void(ToldRecord)>& each) {
  const auto corrupt = [](const std::string& text) { return base::fail(base::ErrorKind::corrupt, text); };
  if (!bytes.starts_with(kHeader)) {
    if (kHeader.starts_with(bytes)) return 0;  // the beginning of a first line
    return corrupt("is not a file of told ids of this version");
  }
  std::size_t at = kHeader.size();
  std::optional<std::pair<std::size_t, std::string>> bad;  // a line that only the end of the file excuses
  std::size_t whole = at;
  for (std::size_t number = 2; at < bytes.size(); ++number) {
    const std::size_t end = bytes.find('\n', at);
    if (end == std::string_view::npos) break;
    auto record = parse_told_record(bytes.substr(at, end - at));
    at = end + 1;
    if (!record) {
      if (!bad) bad = {number, record.error().text};
    } else if (bad) {
      return corrupt("line " + std::to_string(bad->first) + ": " + bad->second);
    } else {
      whole = at;
      each(std::move(*record));
    }
  }
  return whole;
}

base::Error explain(const std::string& path, const base::Error& error) {
  return {error.kind,
          "'" + path + "': " + error.text +
              "; if it cannot be restored, remove it: what Signpost holds then stays in the hold queue "
              "until you release it"};
}

}  // namespace

base::Result<std::vector<ToldRecord>> read_told_file(const std::string& path) {
  const auto bytes = system::read_file(path, {kMaxBytes, true, false});
  if (!bytes) return tl::unexpected(bytes.error());
  std::vector<ToldRecord> records;
  const auto whole =
      read_lines(*bytes, [&records](ToldRecord record) { records.push_back(std::move(record)); });
  if (!whole) return tl::unexpected(explain(path, whole.error()));
  return records;
}

base::Result<ToldFile> ToldFile::open(const std::string& path, const std::function<void(ToldRecord)>& each) {
  auto file = open_locked(path);
  if (!file && file.error().kind == base::ErrorKind::not_found) {
    if (auto made = system::write_new_file(path, kHeader); !made) return tl::unexpected(made.error());
    file = open_locked(path);
  }
  if (!file) return tl::unexpected(file.error());
  const auto bytes = system::read_file(path, {kMaxBytes, true, false});
  if (!bytes) return tl::unexpected(bytes.error());
  const auto whole = read_lines(*bytes, each);
  if (!whole) return tl::unexpected(explain(path, whole.error()));
  const std::string kept = bytes->substr(0, *whole);
  ToldFile told(path, std::move(*file), count_lines(kept));
  if (kept.empty()) {
    if (auto begun = told.rewrite(""); !begun) return tl::unexpected(begun.error());
  } else if (kept.size() < bytes->size() && ::ftruncate(told.file_.get(), static_cast<off_t>(*whole)) != 0) {
    return system_failure("cannot cut off the unfinished end of '" + path + "'");
  }
  // Of what was read nothing may be lost later: an earlier process may have died before it synced.
  if (::fsync(told.file_.get()) != 0) return system_failure("cannot sync '" + path + "'");
  return told;
}

base::Result<void> ToldFile::append(const std::string& lines, bool durable) {
  if (!lines.empty()) {
    if (auto written = system::write_all(file_.get(), lines); !written) return written;
    lines_ += count_lines(lines);
    synced_ = false;
  }
  if (!durable || synced_) return {};
  if (::fdatasync(file_.get()) != 0) return system_failure("cannot sync '" + path_ + "'");
  synced_ = true;
  return {};
}

base::Result<void> ToldFile::rewrite(const std::string& lines) {
  const std::string all = std::string(kHeader) + lines;
  if (auto replaced = system::replace_file(path_, system::fill_with(all)); !replaced) return replaced;
  auto file = open_locked(path_);
  if (!file) return tl::unexpected(file.error());
  file_ = std::move(*file);
  lines_ = count_lines(all);
  synced_ = true;
  return {};
}

}  // namespace signpost::release
