#include "store/bucket_store.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/siphash.h"
#include "system/file.h"

namespace signpost::store {
namespace {

constexpr std::string_view kFormat = "signpost-limits 1\n";
constexpr std::size_t kChecksumBytes = 4;

tl::unexpected<base::Error> corrupt(const char* why) {
  return base::fail(base::ErrorKind::corrupt, std::string("saved limit state is ") + why);
}

}  // namespace

std::string format_saved_buckets(const SavedBuckets& saved) {
  base::ByteWriter content;
  content.signed_number(saved.at.time_since_epoch().count());
  content.text(saved.bytes);
  std::string file = std::string(kFormat) + content.bytes();
  base::ByteWriter sum;
  sum.word(base::checksum(file));
  return file + sum.bytes();
}

base::Result<SavedBuckets> parse_saved_buckets(std::string_view bytes) {
  if (!bytes.starts_with(kFormat)) return corrupt("in an unknown format");
  if (bytes.size() < kFormat.size() + kChecksumBytes) return corrupt("incomplete");
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (base::ByteReader(bytes.substr(body.size())).word() != base::checksum(body)) return corrupt("damaged");
  base::ByteReader in(body.substr(kFormat.size()));
  SavedBuckets saved;
  saved.at = base::Wall{std::chrono::milliseconds{in.signed_number()}};
  saved.bytes = in.text();
  if (!in.ok() || !in.at_end()) return corrupt("not readable");
  return saved;
}

base::Result<void> BucketStore::save(std::string_view bytes, base::Wall now) {
  const std::string content = format_saved_buckets({now, std::string(bytes)});
  return system::replace_file(path_, system::fill_with(content));
}

base::Result<SavedBuckets> BucketStore::load() const {
  auto bytes = system::read_file(path_);
  if (!bytes) return tl::unexpected(bytes.error());
  return parse_saved_buckets(*bytes);
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
