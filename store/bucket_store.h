// The file that keeps the limits' state across restarts. Replaces it atomically and converts its time to this process's
// timeline; policy/limits/buckets makes and reads the bytes.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace signpost::store {

struct SavedBuckets {
  base::Wall at{};
  std::string bytes;  ///< of policy::Buckets::save at that moment
};

/// A plain file replaced by rename, not a second LMDB environment: the whole state is written once a second by one
/// thread, and read once; a damaged file can never harm the list. For one thread at a time.
class BucketStore {
 public:
  explicit BucketStore(std::string path) : path_(std::move(path)) {}

  /// On disk when it returns. After the error `unavailable` the former file is still there.
  base::Result<void> save(std::string_view bytes, base::Wall now);
  /// Errors, each meaning "start empty": not_found (there is none yet), corrupt, unavailable.
  base::Result<SavedBuckets> load() const;

 private:
  std::string path_;
};

std::string format_saved_buckets(const SavedBuckets& saved);
base::Result<SavedBuckets> parse_saved_buckets(std::string_view bytes);

/// The steady time that corresponds to `saved`: as long before `now` as the wall clocks say, but at least zero (the
/// clock was set back) and at most `longest_window` (it was set forward, or the stop was long; older use does not
/// count anyway).
base::Steady steady_of(base::Wall saved, base::Wall wall_now, base::Steady now,
                       std::chrono::nanoseconds longest_window);

}  // namespace signpost::store
