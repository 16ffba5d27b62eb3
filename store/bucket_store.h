// The files that keep the limits' state across restarts: what changed is appended, and from time to time a new file begins
// with a copy of everything. Converts the time of what was saved to this process's timeline; policy/limits/buckets makes
// and reads the bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "system/descriptor.h"

namespace signpost::store {

/// Plain files (`limits.N` in the store's directory), not an LMDB environment: a change costs its own bytes instead of a
/// page, and a damaged file can never harm the list. For one thread at a time.
///
/// Use: `load` once; then again and again `append` parts and `sync`. Whenever `needs_copy`: `begin_copy`, append everything
/// once, in as many calls as you like and with changes between, and `end_copy`. So at most twice what is in use is
/// written beside the changes, and the files hold some three times as much as is in use.
class BucketStore {
 public:
  explicit BucketStore(std::string directory) : directory_(std::move(directory)) {}

  /// Takes one part and the moment of saving on this process's timeline.
  using Take = std::function<base::Result<void>(std::string_view part, base::Steady saved_at)>;
  /// Gives all parts in the order in which they were saved. Moments are clamped to [now - longest_window, now].
  /// Returns what is wrong with the files, or what `take` refused; empty if nothing is. What is damaged ends its file: parts
  /// before it, and those of later files, are given. A last part that is cut off is what a kill leaves, and is no damage.
  std::string load(base::Wall wall_now, base::Steady now, std::chrono::nanoseconds longest_window,
                   const Take& take);

  /// Not on disk before `sync`. After an error of either, what was appended since the last sync is lost, and `needs_copy`.
  base::Result<void> append(std::string_view part, base::Wall wall_now, base::Steady now);
  base::Result<void> sync();

  /// True at first, after an error, and when the file has grown to more than twice what the last copy needed.
  bool needs_copy() const { return needs_copy_ || synced_ > kept_bytes_; }
  base::Result<void> begin_copy();
  /// Everything is in the current file, and synced: the others are removed.
  void end_copy();
  /// Bytes of the current file.
  std::uint64_t size() const { return written_; }

 private:
  base::Result<void> open_next();
  base::Result<void> fail(base::Error error);

  const std::string directory_;
  std::uint64_t number_ = 0;  ///< of the newest file
  system::Descriptor file_;
  std::uint64_t written_ = 0;
  std::uint64_t synced_ = 0;
  std::uint64_t kept_bytes_ = 0;  ///< above which a new file begins
  bool is_new_ = false;           ///< its name may not be on disk yet
  bool needs_copy_ = true;
  std::chrono::nanoseconds ahead_{0};  ///< the files' timeline minus this process's
};

struct SavedPart {
  base::Wall at{};          ///< when it was saved
  base::Steady moment{};    ///< the same on the files' own timeline, which goes on over restarts
  std::string_view bytes;   ///< of policy::limits::Buckets; views what was parsed
  std::uint64_t place = 0;  ///< in the file
};
struct SavedParts {
  std::vector<SavedPart> parts;
  std::string damage;  ///< what is wrong with the rest; empty: nothing, though a last part may be cut off
};
/// A file without its parts, and a part as it is appended.
std::string format_saved_head();
std::string format_saved_part(const SavedPart& part);
SavedParts parse_saved_parts(std::string_view file);

/// The steady time that corresponds to `saved`: as long before `now` as the wall clocks say, but at least zero (the
/// clock was set back) and at most `longest_window` (it was set forward, or the stop was long; older use does not
/// count anyway).
base::Steady steady_of(base::Wall saved, base::Wall wall_now, base::Steady now,
                       std::chrono::nanoseconds longest_window);

}  // namespace signpost::store
