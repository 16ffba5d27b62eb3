// A file that another program writes and rotates, read line by line from where reading ended last time, also across a rotation
// that happened while we were away. Knows nothing about the lines; whoever reads keeps the marks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "system/descriptor.h"
#include "system/file.h"

namespace signpost::daemon::ingest {

/// Some whole lines, each with its end.
struct LogChunk {
  std::string source;  ///< names the file by its first line, so it stays the same when the file is renamed
  std::uint64_t from = 0;  ///< the source's mark
  std::uint64_t to = 0;    ///< the next one; equal: there is nothing new
  std::string text = {};   ///< may be empty though the mark moves
};

/// For one thread.
class GrowingLog {
 public:
  /// How far a source was read; 0 for one never seen. Marks are kept for ever.
  using Mark = std::function<base::Result<std::uint64_t>(const std::string& source)>;

  /// `kind` begins the name of each source.
  GrowingLog(std::string path, std::string kind, Mark mark)
      : path_(std::move(path)), kind_(std::move(kind)), mark_(std::move(mark)) {}

  /// What comes next, at most kMaxChunk; the same again until `advance`. What was there before the first start is passed over; a
  /// mark of its own says when that was. Later, rotated files that were not read to their end go first, the oldest before the others. In a
  /// file that became shorter but begins as before, reading goes on at its end. Errors: not_found, unavailable, the mark's.
  /// Limitations: a file that is compressed or removed before it was read to its end is lost; so is what a
  /// program that truncates the file in place (copytruncate) wrote since the last call.
  base::Result<LogChunk> next(base::Wall now);
  /// The chunk was taken in, and its mark is kept.
  void advance(const LogChunk& chunk);
  /// The marks are not what they were: asks for them again.
  void start_over();

  static constexpr std::size_t kMaxChunk = std::size_t{256} * 1024;

 private:
  struct Candidate;
  base::Result<std::optional<Candidate>> look_at(const system::FileName& name) const;
  base::Result<bool> choose();
  base::Result<LogChunk> read();
  bool is_replaced() const;

  const std::string path_;
  const std::string kind_;
  const Mark mark_;
  std::optional<base::Wall> begun_;  ///< the first start
  bool is_first_ = false;            ///< it is the first start, and what is there now is passed over
  system::Descriptor file_;
  std::string source_;  ///< empty: no place was found yet
  std::uint64_t at_ = 0;
  std::uint64_t skips_ = 0;  ///< to here, as what was there before the first start; 0: nothing
};

}  // namespace signpost::daemon::ingest
