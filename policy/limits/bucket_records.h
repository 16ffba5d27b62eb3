// The bytes in which buckets are saved: records in a frame with a format and a checksum. What is saved when is decided by
// policy/limits/buckets, and where the bytes are kept by store/bucket_store.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "policy/limits/bucket.h"

namespace signpost::policy::limits {

class RecordWriter {
 public:
  void add(std::string_view limit, std::string_view key, const Bucket& bucket, base::Steady now);
  /// What was saved of that key before does not count any more.
  void forget(std::string_view limit, std::string_view key);
  /// The same for all keys of the limit.
  void forget_all(std::string_view limit);

  std::size_t count() const { return count_; }
  /// With the frame around them.
  std::string take();

 private:
  base::ByteWriter out_;
  std::size_t count_ = 0;
};

struct BucketRecord {
  std::string limit;
  std::optional<std::string> key;  ///< nullopt: all keys
  std::optional<Bucket> bucket;    ///< nullopt: forget
};
/// Gives visit each record, in order. `saved_at` is the moment of saving on this process's timeline. Error `corrupt` for
/// bytes that cannot be read; what came before was given then.
base::Result<void> read_records(std::string_view bytes, base::Steady saved_at,
                                const std::function<void(BucketRecord)>& visit);

}  // namespace signpost::policy::limits
