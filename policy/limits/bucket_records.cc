#include "policy/limits/bucket_records.h"

#include <utility>

#include "base/siphash.h"

namespace signpost::policy::limits {
namespace {

constexpr std::string_view kFormat = "signpost-buckets 2\n";
constexpr std::size_t kChecksumBytes = 4;
constexpr std::uint8_t kBucket = 1;
constexpr std::uint8_t kForget = 2;
constexpr std::uint8_t kForgetAll = 3;

tl::unexpected<base::Error> refuse(const char* why) {
  return base::fail(base::ErrorKind::corrupt, std::string("saved limit state is ") + why);
}

/// Nullopt if it does not fit.
std::optional<BucketRecord> read_record(base::ByteReader& in, base::Steady saved_at) {
  const std::uint8_t kind = in.byte();
  BucketRecord record;
  record.limit = in.text();
  if (kind == kForgetAll) return in.ok() ? std::optional(std::move(record)) : std::nullopt;
  record.key = in.text();
  if (kind == kForget) return in.ok() ? std::optional(std::move(record)) : std::nullopt;
  if (kind != kBucket) return std::nullopt;
  record.bucket = Bucket::read(in, saved_at);
  return record.bucket ? std::optional(std::move(record)) : std::nullopt;
}

}  // namespace

void RecordWriter::add(std::string_view limit, std::string_view key, const Bucket& bucket, base::Steady now) {
  out_.byte(kBucket);
  out_.text(limit);
  out_.text(key);
  bucket.write(out_, now);
  ++count_;
}

void RecordWriter::forget(std::string_view limit, std::string_view key) {
  out_.byte(kForget);
  out_.text(limit);
  out_.text(key);
  ++count_;
}

void RecordWriter::forget_all(std::string_view limit) {
  out_.byte(kForgetAll);
  out_.text(limit);
  ++count_;
}

std::string RecordWriter::take() {
  count_ = 0;
  std::string bytes = std::string(kFormat) + std::exchange(out_, {}).take();
  base::ByteWriter sum;
  sum.word(base::checksum(bytes));
  return bytes + sum.bytes();
}

base::Result<void> read_records(std::string_view bytes, base::Steady saved_at,
                                const std::function<void(BucketRecord)>& visit) {
  if (!bytes.starts_with(kFormat)) return refuse("in an unknown format");
  if (bytes.size() < kFormat.size() + kChecksumBytes) return refuse("incomplete");
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (base::ByteReader(bytes.substr(body.size())).word() != base::checksum(body)) return refuse("damaged");
  base::ByteReader in(body.substr(kFormat.size()));
  while (!in.at_end()) {
    auto record = read_record(in, saved_at);
    if (!record) return refuse("not readable");
    visit(std::move(*record));
  }
  return {};
}

}  // namespace signpost::policy::limits
