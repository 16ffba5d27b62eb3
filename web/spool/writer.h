// The web program's own spool: segment files of hits, appended to by one thread, read and removed by the
// daemon (web_spool_reader). The segment being written is locked (flock); one without a lock is finished,
// however its writer ended.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "system/descriptor.h"

namespace signpost::web::spool {

struct SpoolLimits {
  std::uint64_t segment_bytes = 8u << 20;
  /// Then the daemon may remove what it has read. While sixteen others wait, after ten minutes only.
  std::chrono::milliseconds segment_age = std::chrono::seconds(5);
  std::uint64_t total_bytes = 512u << 20;   ///< all segments together
  std::uint64_t reserve_bytes = 64u << 20;  ///< of these, kept free for what must not be lost
};

enum class Keep {
  soon,  ///< written; on disk at the next `now` or rotation
  now,   ///< on disk when append returns, and may use the reserve
};

/// Belongs to one thread at a time.
class SpoolWriter {
 public:
  /// Locks the directory and opens a first segment. Errors: the directory is missing, cannot be
  /// written, or has a writer.
  static base::Result<SpoolWriter> open(const std::string& directory, SpoolLimits limits, base::Wall now);
  SpoolWriter(SpoolWriter&&) noexcept = default;
  SpoolWriter& operator=(SpoolWriter&&) noexcept = delete;
  /// Leaves everything on disk; an empty segment is removed.
  ~SpoolWriter();

  /// Records, one behind the other, all or none; with Keep::now all earlier ones too. Without records it does
  /// what is due: a sync, a new segment for an old one. Errors: `limit` when the spool is full, `unavailable`
  /// when the disk does not take them. After an error a later append tries anew.
  base::Result<void> append(std::string_view records, Keep keep, base::Wall now);

 private:
  SpoolWriter(system::Descriptor directory, SpoolLimits limits)
      : directory_(std::move(directory)), limits_(limits) {}
  base::Result<void> begin_segment(base::Wall now);
  void end_segment();
  base::Result<void> find_room(std::size_t bytes, Keep keep);
  /// All segments but the present one.
  struct Others {
    std::size_t count = 0;
    std::uint64_t bytes = 0;
  };
  Others measure_others() const;
  bool is_being_emptied();

  system::Descriptor directory_;
  SpoolLimits limits_;
  system::Descriptor segment_;
  std::string name_;
  std::uint64_t size_ = 0;  ///< of the segment, up to its last whole record
  base::Wall began_{};
  Others others_;  ///< as last measured
  bool unsynced_ = false;
};

}  // namespace signpost::web::spool
