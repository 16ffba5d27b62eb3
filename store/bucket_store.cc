#include "store/bucket_store.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/siphash.h"
#include "system/errors.h"
#include "system/file.h"

namespace signpost::store {
namespace {

using std::chrono::nanoseconds;

constexpr std::string_view kFormat = "signpost-limits 2\n";
constexpr std::string_view kName = "limits.";
constexpr std::size_t kWord = 4;
constexpr std::size_t kMaxNames = 100'000;          ///< of the directory, looked at
constexpr std::uint64_t kLeastBytes = 1024 * 1024;  ///< a smaller file is not worth a new one
constexpr nanoseconds kFurthest = std::chrono::hours(24 * 366 * 100);

/// The number of a file of ours.
std::optional<std::uint64_t> number_of(std::string_view name) {
  if (!name.starts_with(kName)) return std::nullopt;
  name.remove_prefix(kName.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool is_whole = error == std::errc{} && end == name.data() + name.size();
  return is_whole && std::to_string(number) == name ? std::optional(number) : std::nullopt;
}

std::string path_of(const std::string& directory, std::uint64_t number) {
  return directory + "/" + std::string(kName) + std::to_string(number);
}

/// In ascending order.
base::Result<std::vector<std::uint64_t>> files_in(const std::string& directory) {
  const auto open = system::open_directory(directory);
  if (!open) return tl::unexpected(open.error());
  const auto names = system::list_directory(*open, kMaxNames);
  if (!names) return tl::unexpected(names.error());
  std::vector<std::uint64_t> numbers;
  for (const std::string& name : *names) {
    if (const auto number = number_of(name)) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

base::Result<std::string> read(const std::string& path) {
  system::ReadOptions options;
  options.regular_only = true;
  options.follow_link = false;
  return system::read_file(path, options);
}

nanoseconds since_start(base::Steady moment) {
  return moment.time_since_epoch();
}

}  // namespace

std::string format_saved_head() {
  return std::string(kFormat);
}

std::string format_saved_part(const SavedPart& part) {
  base::ByteWriter content;
  content.signed_number(part.at.time_since_epoch().count());
  content.signed_number(since_start(part.moment).count());
  content.text(part.bytes);
  base::ByteWriter size;
  size.word(static_cast<std::uint32_t>(content.bytes().size()));
  std::string bytes = size.take() + content.bytes();
  base::ByteWriter sum;
  sum.word(base::checksum(bytes));
  return bytes + sum.bytes();
}

SavedParts parse_saved_parts(std::string_view file) {
  SavedParts saved;
  if (!file.starts_with(kFormat.substr(0, file.size()))) saved.damage = "it has an unknown format";
  for (std::size_t at = kFormat.size(); saved.damage.empty() && at < file.size();) {
    const std::string_view rest = file.substr(at);
    if (rest.size() < kWord) break;
    const std::uint64_t size = base::ByteReader(rest).word();
    if (rest.size() < kWord + size + kWord) break;
    const std::string_view framed = rest.substr(0, kWord + size);
    base::ByteReader in(framed.substr(kWord));
    SavedPart part;
    part.place = at;
    part.at = base::Wall{std::chrono::milliseconds{in.signed_number()}};
    const nanoseconds moment{in.signed_number()};
    part.moment = base::Steady{moment};
    part.bytes = in.text();
    const bool is_right = base::ByteReader(rest.substr(framed.size())).word() == base::checksum(framed);
    if (is_right && in.ok() && in.at_end() && moment >= -kFurthest && moment <= kFurthest) {
      saved.parts.push_back(part);
    } else {
      saved.damage = "it is damaged at byte " + std::to_string(at);
    }
    at += framed.size() + kWord;
  }
  return saved;
}

std::string BucketStore::load(base::Wall wall_now, base::Steady now, nanoseconds longest_window,
                              const Take& take) {
  ahead_ = nanoseconds{0};
  const auto numbers = files_in(directory_);
  if (!numbers) return numbers.error().text;
  if (!numbers->empty()) number_ = numbers->back();
  // When the last part was saved tells how long ago all others were.
  std::optional<SavedPart> last;
  for (auto number = numbers->rbegin(); number != numbers->rend() && !last; ++number) {
    const auto file = read(path_of(directory_, *number));
    if (!file) continue;
    const SavedParts saved = parse_saved_parts(*file);
    if (!saved.parts.empty()) last = saved.parts.back();
  }
  if (!last) last = SavedPart{wall_now, now, {}, 0};
  const base::Steady last_here = steady_of(last->at, wall_now, now, longest_window);
  ahead_ = std::clamp(since_start(last->moment) - since_start(last_here), -kFurthest, kFurthest);

  std::string problem;
  const auto note = [&](const std::string& path, const std::string& text) {
    if (problem.empty()) problem = path + ": " + text;
  };
  for (const std::uint64_t number : *numbers) {
    const std::string path = path_of(directory_, number);
    const auto file = read(path);
    if (!file) {
      note(path, file.error().text);
      continue;
    }
    const SavedParts saved = parse_saved_parts(*file);
    for (const SavedPart& part : saved.parts) {
      const nanoseconds age = std::max(nanoseconds{0}, last->moment - part.moment);
      const base::Steady saved_at = std::max(now - longest_window, last_here - std::min(age, longest_window));
      if (auto taken = take(part.bytes, saved_at); !taken)
        note(path, taken.error().text + " at byte " + std::to_string(part.place));
    }
    if (!saved.damage.empty()) note(path, saved.damage);
  }
  return problem;
}

base::Result<void> BucketStore::fail(base::Error error) {
  needs_copy_ = true;
  // What was written in part must not stand before what follows.
  const auto size = static_cast<off_t>(synced_);
  if (file_.is_open() && (synced_ < kFormat.size() || ::ftruncate(file_.get(), size) != 0)) {
    if (synced_ < kFormat.size()) (void)::unlink(path_of(directory_, number_).c_str());
    (void)file_.close();
  }
  written_ = synced_;
  return tl::unexpected(std::move(error));
}

base::Result<void> BucketStore::append(std::string_view part, base::Wall wall_now, base::Steady now) {
  const std::string bytes = format_saved_part({wall_now, now + ahead_, part, 0});
  if (auto done = system::write_all(file_.get(), bytes); !done)
    return fail(base::in_context(path_of(directory_, number_), done.error()));
  written_ += bytes.size();
  return {};
}

base::Result<void> BucketStore::sync() {
  if (synced_ == written_) return {};
  if (::fdatasync(file_.get()) != 0)
    return fail(system::system_error("writing " + path_of(directory_, number_), errno));
  if (is_new_) {
    if (auto done = system::sync_directory(directory_); !done) return fail(std::move(done.error()));
  }
  is_new_ = false;
  synced_ = written_;
  return {};
}

base::Result<void> BucketStore::open_next() {
  const std::string path = path_of(directory_, ++number_);
  system::Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.is_open()) return system::system_failure("making " + path);
  file_ = std::move(file);
  is_new_ = true;
  written_ = synced_ = 0;
  if (auto done = system::write_all(file_.get(), kFormat); !done) return fail(std::move(done.error()));
  written_ = kFormat.size();
  return {};
}

base::Result<void> BucketStore::begin_copy() {
  // After an error the file goes on if it can: one a second would be too many.
  const bool goes_on = file_.is_open() && needs_copy_;
  if (!goes_on) {
    if (auto opened = open_next(); !opened) return opened;
  }
  needs_copy_ = false;
  kept_bytes_ = UINT64_MAX;
  return {};
}

void BucketStore::end_copy() {
  kept_bytes_ = std::max(kLeastBytes, 2 * synced_);
  const auto numbers = files_in(directory_);
  if (!numbers) return;  // the next copy removes them
  for (const std::uint64_t number : *numbers) {
    if (number < number_) (void)::unlink(path_of(directory_, number).c_str());
  }
}

base::Steady steady_of(base::Wall saved, base::Wall wall_now, base::Steady now,
                       std::chrono::nanoseconds longest_window) {
  // Compared in milliseconds: a hostile or absurd `saved` must not overflow nanoseconds.
  const auto longest = std::chrono::floor<std::chrono::milliseconds>(longest_window);
  if (saved >= wall_now) return now;
  if (saved < wall_now - longest) return now - longest_window;
  return now - (wall_now - saved);
}

}  // namespace signpost::store
